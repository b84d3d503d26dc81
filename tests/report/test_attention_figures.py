"""Attention and cell states in figures, and how a frame becomes a box."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import imread

from repro.report import marks
from repro.report.plots import (
    AttentionRow,
    ThresholdCurve,
    attention_grid,
    cell_states,
    localisation_steps,
    threshold_curves,
)
from repro.report.plots.localisation import flow_colours

T = 11


def _clip() -> np.ndarray:
    return np.broadcast_to(np.arange(T, dtype=np.uint8)[:, None, None, None], (T, 28, 42, 3)).copy()


def _row(maps: np.ndarray | None = None) -> AttentionRow:
    return AttentionRow(["sit"] * 5 + ["run"] * 6, np.arange(T) / 10, maps)


def test_a_row_for_each_network_under_the_frames_it_saw(tmp_path: Path, drawn: list[Figure]) -> None:
    maps = np.zeros((T, 7, 7))
    maps[:, 1, 5] = 0.5  # rows 4..7, columns 30..35
    rows = {"LSTM": _row(), "VideoLSTM": _row(maps)}
    attention_grid(tmp_path / "a.png", _clip(), rows, title="t", true_label="run", columns=3)
    plain, hot = drawn[0].axes[:3], drawn[0].axes[3:]
    assert [axes.get_title() for axes in plain] == ["frame 1", "frame 6", "frame 11"]
    assert [axes.get_ylabel() for axes in (plain[0], hot[0])] == ["LSTM", "VideoLSTM"]
    assert [axes.get_xlabel() for axes in hot] == ["sit 0 %", "run 50 %", "run 100 %"]
    first, *rest = (to_hex(axes.xaxis.label.get_color()) for axes in hot)
    assert rest[0] == rest[1] != first
    assert (plain[1].images[0].get_array() == 5).all()
    heat = hot[1].images[0].get_array().astype(int).sum(axis=2)
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert 4 <= row < 8
    assert 30 <= column < 36
    assert (heat[16:] == 15).all()


def test_attention_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    wrong = {
        "at least one": {},
        "LSTM: 1 labels and 1 prob": {"LSTM": AttentionRow(["run"], [1.0])},
        r"ALSTM: maps \(3, 7, 7\)": {"ALSTM": _row(np.ones((3, 7, 7)))},
        "negative": {"ALSTM": _row(-np.ones((T, 7, 7)))},
    }
    for match, rows in wrong.items():
        with pytest.raises(ValueError, match=match):
            attention_grid(tmp_path / "a.png", _clip(), rows, title="t", true_label="run")
    assert not list(tmp_path.iterdir())


def test_cells_are_those_of_largest_variance_on_one_symmetric_scale(
    tmp_path: Path, drawn: list[Figure]
) -> None:
    cells = np.zeros((T, 2, 3, 4))
    cells[..., 1] = np.arange(T)[:, None, None] / 10
    cells[..., 2] = 5.0  # large, but never changing
    cells[..., 3] = np.arange(T)[:, None, None] / 5
    cell_states(tmp_path / "c.png", _clip(), cells, title="t", columns=3, channels=2)
    frames, first, second = drawn[0].axes[:3], drawn[0].axes[3:6], drawn[0].axes[6:9]
    assert [axes.get_title() for axes in frames] == ["1", "6", "11"]
    assert [axes.get_ylabel() for axes in (first[0], second[0])] == ["channel 3", "channel 1"]
    assert [axes.images[0].get_array()[0, 0] for axes in first] == [0, 1, 2]
    assert {axes.images[0].get_clim() for axes in (*first, *second)} == {(-2, 2)}
    assert first[0].images[0].get_extent() == frames[0].images[0].get_extent()
    assert drawn[0].axes[9].get_ylabel() == "cell state"


def test_cells_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    for wrong in (np.zeros((T, 2, 3)), np.zeros((T - 1, 2, 3, 4)), np.full((T, 2, 3, 4), np.inf)):
        with pytest.raises(ValueError, match="wanted finite"):
            cell_states(tmp_path / "c.png", _clip(), wrong, title="t")
    with pytest.raises(ValueError, match="0 channels"):
        cell_states(tmp_path / "c.png", _clip(), np.zeros((T, 2, 3, 4)), title="t", channels=0)


def test_thresholds_show_recall_with_and_without_smoothing(tmp_path: Path, drawn: list[Figure]) -> None:
    curves = [
        ThresholdCurve("ALSTM", (0.1, 0.5), (0.25, 0.125)),
        ThresholdCurve("VideoLSTM", (0.1, 0.5), np.array([0.75, 0.0]), std=[0.5, 0.125]),
        ThresholdCurve("VideoLSTM", (0.1, 0.5), (0.5, 0.25), smoothed=False),
        ThresholdCurve("printed", (0.125,), (0.5,)),
    ]
    threshold_curves(tmp_path / "r.png", curves, y_label="recall", title="t")
    axes = drawn[0].axes[0]
    lines = axes.get_lines()
    assert [line.get_ydata().tolist() for line in lines] == [[25, 12.5], [75, 0], [50, 25], [50]]
    assert [line.get_linestyle() for line in lines] == ["-", "-", "--", "-"]
    assert lines[1].get_color() == lines[2].get_color() != lines[0].get_color()
    assert axes.get_ylabel() == "recall (%)"
    assert axes.get_ylim() == (0, 100)
    assert axes.get_xlim()[0] == 0
    band = axes.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (0, 100)  # cut where there is nothing to be
    legend = axes.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [
        "VideoLSTM", "printed", "ALSTM", "boxes smoothed over time", "raw boxes"
    ]  # fmt: skip
    assert legend.get_lines()[1].get_linestyle() == "None"


def test_threshold_curves_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    wrong = [
        ThresholdCurve("a", (0.1,), (0.5, 0.25)),
        ThresholdCurve("a", (0.1,), (0.5,), std=()),
        ThresholdCurve("a", (), ()),
        ThresholdCurve("a", (0.1,), (50.0,)),
        ThresholdCurve("a", (0.1,), (float("nan"),)),
    ]
    for curve in wrong:
        with pytest.raises(ValueError, match="curve 'a'"):
            threshold_curves(tmp_path / "r.png", [curve], y_label="recall", title="t")
    with pytest.raises(ValueError, match="0 curves"):
        threshold_curves(tmp_path / "r.png", [], y_label="recall", title="t")


def test_flow_is_coloured_by_direction_and_length() -> None:
    flow = np.array([[[0, 0], [4, 0], [2, 0], [9, 0], [-4, 0], [0, 4]]], float)
    colours = flow_colours(flow, 4.0)[0]
    expected = [[1, 1, 1], [1, 0, 0], [1, 0.5, 0.5], [1, 0, 0], [0, 1, 1], [0.5, 1, 0]]
    np.testing.assert_allclose(colours, expected, atol=1e-12)


def test_the_steps_from_a_frame_to_its_box(tmp_path: Path, drawn: list[Figure]) -> None:
    frame = np.full((60, 80, 3), 120, np.uint8)
    flow = np.full((30, 40, 2), 128, np.uint8)
    flow[10, 20, 0] = 255
    attention = np.zeros((7, 7))
    attention[3, 3] = 1
    y, x = np.mgrid[0:56, 0:56]
    saliency = 255 * np.exp(-((y - 28) ** 2 + (x - 28) ** 2) / 200)
    predicted, true = np.array([10.0, 20, 30, 50]), np.array([40.0, 20, 60, 50])
    localisation_steps(
        tmp_path / "s.png", frame, flow, attention, saliency, predicted, [true], title="LongJump", theta=100.0
    )
    assert imread(tmp_path / "s.png").shape[1] == 1800
    first, motion, attended, salient, boxes = drawn[0].axes[:5]
    assert (first.images[0].get_array() == 120).all()
    colours = motion.images[0].get_array()
    assert colours[0, 0].tolist() == [1, 1, 1]  # level 128 is no motion
    assert colours[10, 20].tolist() == [1, 0, 0]
    assert attended.images[0].get_array().tolist() == attention.tolist()
    line = salient.collections[0].get_paths()[0].vertices
    # 255 exp(-r^2/200) = 100 at r = 13.68 of 56; the frame is 80 wide and 60 high
    assert np.ptp(line[:, 0]) == pytest.approx(2 * 13.68 * 80 / 56, rel=0.01)
    assert np.ptp(line[:, 1]) == pytest.approx(2 * 13.68 * 60 / 56, rel=0.01)
    picture = boxes.images[0].get_array()
    assert picture[8 * 20, 8 * 10].tolist() == list(marks.PREDICTED)
    assert picture[8 * 20, 8 * 40].tolist() == list(marks.TRUE)


def test_steps_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    good = {
        "frame": np.zeros((6, 8, 3), np.uint8),
        "flow": np.zeros((6, 8, 2), np.uint8),
        "attention": np.ones((7, 7)),
        "saliency": np.ones((9, 9)),
        "predicted": np.array([0.0, 0, 4, 4]),
    }
    wrong = {
        "frame": (np.zeros((6, 8), np.uint8), "frames are uint8"),
        "flow": (np.zeros((6, 8, 2)), "flow is float64"),
        "attention": (np.ones((1, 7, 7)), "attention: maps"),
        "saliency": (-np.ones((9, 9)), "saliency: a map"),
        "predicted": (np.array([4.0, 4, 0, 0]), "a box of a tube"),
    }
    for name, (value, match) in wrong.items():
        with pytest.raises(ValueError, match=match):
            localisation_steps(tmp_path / "s.png", **{**good, name: value}, truth=[], title="t", theta=100.0)
    assert not list(tmp_path.iterdir())

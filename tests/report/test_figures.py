"""Figures: what is drawn is looked up in the figure itself, and the file is a whole PNG."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from repro.report import figure
from repro.report.maps import FrameMaps, activation_maps
from repro.report.plots import Curve, accuracy_curves, confusion, right_by_class, training_curves
from repro.types import InputError


def test_a_figure_is_a_png_of_its_size(tmp_path: Path) -> None:
    with figure.new_figure(tmp_path / "f.png", 2.0, 1.0) as made:
        made.add_subplot().plot([0, 1], [0, 1])
    assert imread(tmp_path / "f.png").shape == (150, 300, 4)
    assert [p.name for p in tmp_path.iterdir()] == ["f.png"]


def test_a_failed_drawing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "f.png"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), figure.new_figure(path, 2.0, 1.0):
        1 / 0  # noqa: B018
    assert path.read_bytes() == b"old"
    with pytest.raises(ValueError, match="png"), figure.new_figure(tmp_path / "f.jpg", 2, 1):
        pass


def test_curves_show_their_numbers_on_a_whole_percent_axis(tmp_path: Path, drawn: list[Figure]) -> None:
    curves = [
        Curve("worse", [1, 2, 3], [10, 20, 30]),
        Curve("better", [1, 2, 3], [50, 55, 60]),
        Curve("better", [1, 2, 3], [50, 40, 45], averaged=False),
    ]
    accuracy_curves(tmp_path / "c.png", curves, title="demo, split 1", x_label="frames", chance_percent=8)
    axes = drawn[0].axes[0]
    lines = axes.get_lines()
    assert axes.get_ylim() == (0, 100)
    assert axes.get_xlim()[0] == 0
    assert [line.get_ydata().tolist() for line in lines[:3]] == [[10, 20, 30], [50, 55, 60], [50, 40, 45]]
    assert [line.get_linestyle() for line in lines[:3]] == ["-", "-", "--"]
    assert lines[1].get_color() == lines[2].get_color() != lines[0].get_color()
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["better", "worse", "averaged over frames 1..t", "frame t alone"]


def test_a_papers_own_model_is_first_and_bold(tmp_path: Path, drawn: list[Figure]) -> None:
    curves = [Curve("better", [1, 2], [50, 60]), Curve(f"worse{figure.OURS}", [1, 2], [10, 20])]
    accuracy_curves(tmp_path / "c.png", curves, title="", x_label="", chance_percent=8)
    texts = drawn[0].axes[0].get_legend().get_texts()
    assert [(text.get_text(), text.get_fontweight()) for text in texts] == [
        ("worse (ours)", "bold"),
        ("better", "normal"),
    ]


def test_curves_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    for wrong in ([], [Curve("a", [1, 2], [3])], [Curve("a", [], [])]):
        with pytest.raises(ValueError, match="curve"):
            accuracy_curves(tmp_path / "c.png", wrong, title="", x_label="", chance_percent=8)
    many = [Curve(str(i), [1], [2]) for i in range(8)]
    with pytest.raises(ValueError, match="wanted 1 to 7"):
        accuracy_curves(tmp_path / "c.png", many, title="", x_label="", chance_percent=8)


def test_confusion_shows_shares_of_rows(tmp_path: Path, drawn: list[Figure]) -> None:
    matrix = np.array([[3, 1, 0], [0, 0, 0], [1, 0, 1]])
    confusion(tmp_path / "m.png", matrix, ("run", "jump", "sit"), title="demo, split 1")
    axes = drawn[0].axes[0]
    shown = axes.images[0].get_array()
    assert shown[0].tolist() == [75, 25, 0]
    assert shown[2].tolist() == [50, 0, 50]
    assert shown.mask[1].all()  # no test videos: neither 0 nor 100 %
    assert {(t.get_position(), t.get_text()) for t in axes.texts} == {
        ((0, 0), "75"), ((1, 0), "25"), ((0, 2), "50"), ((2, 2), "50")
    }  # fmt: skip
    assert [t.get_text() for t in axes.get_yticklabels()] == ["run (4)", "jump (0)", "sit (2)"]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["run", "jump", "sit"]
    assert axes.images[0].get_clim() == (0, 100)
    with pytest.raises(ValueError, match=r"\[K, K\]"):
        confusion(tmp_path / "m.png", matrix, ("run", "jump"), title="")


@pytest.mark.filterwarnings("error")
def test_a_long_title_leaves_room_for_a_small_matrix(tmp_path: Path, drawn: list[Figure]) -> None:
    title = "a model with a long name on videos of one's own, split own, preset lite, changed: " * 3
    confusion(tmp_path / "m.png", np.eye(2, dtype=int), ("run", "sit"), title=title)
    (figure,) = drawn
    assert figure.get_suptitle().split() == title.split()
    assert figure.axes[0].get_position().width > 0.4
    words = figure.texts[0].get_window_extent()
    assert 0 < words.x0 < words.x1 < figure.bbox.x1


def test_each_class_stands_with_how_many_are_right(tmp_path: Path, drawn: list[Figure]) -> None:
    names, right, videos = ("run", "jump", "sit"), np.array([3, 0, 1]), np.array([4, 0, 2])
    right_by_class(tmp_path / "c.png", names, right, videos, title="demo")
    axes = drawn[0].axes[0]
    assert [bar.get_width() for bar in axes.patches] == [75, 0, 50]
    assert [text.get_text() for text in axes.texts] == ["3 of 4", "0 of 0", "1 of 2"]
    assert "4 of 6 videos right: 66.7 %" in drawn[0].get_suptitle()
    with pytest.raises(ValueError, match=r"\[K\]"):
        right_by_class(tmp_path / "c.png", names, videos, right, title="")


@pytest.mark.slow
def test_a_hundred_class_names_do_not_overlap(tmp_path: Path, drawn: list[Figure]) -> None:
    names = [f"ClassWithALongName{i}" for i in range(101)]
    confusion(tmp_path / "m.png", np.eye(101, dtype=int), names, title="")
    for labels, side in (
        (drawn[0].axes[0].get_yticklabels(), "height"),
        (drawn[0].axes[0].get_xticklabels(), "width"),
    ):
        boxes = [label.get_window_extent() for label in labels]
        centres = [(box.y0 + box.y1) / 2 if side == "height" else (box.x0 + box.x1) / 2 for box in boxes]
        assert len(boxes) == 101
        assert np.abs(np.diff(centres)).min() >= 0.9 * max(getattr(box, side) for box in boxes)


HISTORY = """\
epoch,video_accuracy,loss,val_video_accuracy,val_loss,learning_rate,seconds
1,0.5,1.5,0.25,2.0,0.001,3.8
2,0.75,1.0,0.5,1.75,0.001,3.7
"""


def test_training_curves(tmp_path: Path, drawn: list[Figure]) -> None:
    (tmp_path / "history.csv").write_text(HISTORY)
    training_curves(tmp_path / "h.png", tmp_path / "history.csv", title="demo")
    loss, accuracy = drawn[0].axes
    assert {line.get_label(): line.get_ydata().tolist() for line in loss.get_lines()} == {
        "loss": [1.5, 1.0], "loss, validation": [2.0, 1.75]
    }  # fmt: skip
    looks = [(line.get_linestyle(), line.get_markersize(), line.get_color()) for line in loss.get_lines()]
    assert len(set(looks)) == len(looks)
    assert {line.get_label(): line.get_ydata().tolist() for line in accuracy.get_lines()} == {
        "video accuracy": [50, 75], "video accuracy, validation": [25, 50]
    }  # fmt: skip
    assert accuracy.get_lines()[0].get_xdata().tolist() == [1, 2]
    assert accuracy.get_ylim() == (0, 100)
    assert loss.get_ylim()[0] == 0


def test_one_epoch_has_one_tick_and_a_layer_its_name(tmp_path: Path, drawn: list[Figure]) -> None:
    (tmp_path / "history.csv").write_text("epoch,conv5_3_gap_loss,loss\n1,1.0,2.0\n")
    training_curves(tmp_path / "h.png", tmp_path / "history.csv", title="demo")
    (axes,) = drawn[0].axes
    low, high = axes.get_xlim()
    assert [tick for tick in axes.get_xticks() if low <= tick <= high] == [1]
    assert [line.get_label() for line in axes.get_lines()] == ["conv5_3 gap loss", "total loss"]


@pytest.mark.parametrize(
    "content", [None, "", HISTORY.splitlines()[0] + "\n", "epoch,loss\n1,much\n", "loss\n1\n"]
)
def test_a_history_without_epochs_is_the_users_error(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "history.csv").write_text(content)
    with pytest.raises(InputError, match=r"history\.csv"):
        training_curves(tmp_path / "h.png", tmp_path / "history.csv", title="demo")
    assert not (tmp_path / "h.png").exists()


def _row(class_map: np.ndarray) -> FrameMaps:
    conv5_3 = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    return FrameMaps("Archery", np.zeros((30, 40, 3), np.uint8), conv5_3, conv5_3 * 2, class_map)


def test_maps_are_channel_means_over_the_pixels_of_the_frame(tmp_path: Path, drawn: list[Figure]) -> None:
    activation_maps(tmp_path / "a.png", [_row(np.array([[-1.0, 0, 1], [2, 3, 4]]))], title="demo")
    frame, context, class_map, action = drawn[0].axes
    assert frame.get_ylabel() == "Archery"
    assert context.images[0].get_array().tolist() == [[1.5, 5.5, 9.5], [13.5, 17.5, 21.5]]
    assert action.images[0].get_array().tolist() == [[3, 11, 19], [27, 35, 43]]
    assert class_map.images[0].get_array().tolist() == [[0, 0, 1], [2, 3, 4]]  # ReLU
    for axes in (context, class_map, action):
        assert axes.images[0].get_extent() == frame.images[0].get_extent()
        assert axes.images[0].get_clim() == (0, axes.images[0].get_array().max())


def test_a_map_of_zeros_stays_dark(tmp_path: Path, drawn: list[Figure]) -> None:
    activation_maps(tmp_path / "a.png", [_row(np.zeros((2, 3, 1)))], title="demo")
    assert drawn[0].axes[2].images[0].get_clim() == (0, 1)


def test_maps_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Archery"):
        activation_maps(tmp_path / "a.png", [_row(np.zeros((3, 2)))], title="")
    with pytest.raises(ValueError, match="at least one"):
        activation_maps(tmp_path / "a.png", [], title="")

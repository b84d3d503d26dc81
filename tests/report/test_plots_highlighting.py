"""Figures about attention: gains per class, whether it finds the action, when it looks, what a reel chose."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from repro.report.plots import (
    ClassGain,
    Detected,
    attention_over_time,
    class_gains,
    detection_bars,
    reel_timeline,
)


def test_gains_are_written_beside_both_accuracies(tmp_path: Path, drawn: list[Figure]) -> None:
    models = {
        "scene": [ClassGain("piano", 0.75, 0.25), ClassGain("snatch", 0.5, 0.375)],
        "action": [ClassGain("books", 0.5, 0.75)],
    }
    class_gains(tmp_path / "g.png", models, title="t")
    assert (tmp_path / "g.png").exists()
    scene, action = drawn[0].axes
    before, after = scene.containers
    assert [bar.get_width() for bar in before] == [25, 37.5]
    assert [bar.get_width() for bar in after] == [75, 50]
    assert [tick.get_text() for tick in scene.get_yticklabels()] == ["piano", "snatch"]
    assert [text.get_text().strip() for text in scene.texts] == ["+50", "+12"]
    assert [text.get_text().strip() for text in action.texts] == ["-25"]
    assert scene.get_ylim() == action.get_ylim()
    assert scene.get_xlim() == action.get_xlim() == (0, 100)
    assert scene.get_title(loc="left") == "scene"
    for nothing in ({}, {"scene": []}):
        with pytest.raises(ValueError, match="no classes"):
            class_gains(tmp_path / "g.png", nothing, title="t")


def test_precision_stands_with_its_interval_beside_what_needs_no_looking(
    tmp_path: Path, drawn: list[Figure]
) -> None:
    models = [Detected("scene", 62, 55, 68), Detected("action", 78, 72, 83)]
    detection_bars(tmp_path / "d.png", models, uniform=50.25, centre=74, title="t")
    assert (tmp_path / "d.png").exists()
    axes = drawn[0].axes[0]
    assert [bar.get_height() for bar in axes.patches] == [62, 78]
    ends = [segment[:, 1].tolist() for segment in axes.collections[0].get_segments()]
    assert ends == [[55, 68], [72, 83]]
    assert [text.get_text() for text in axes.texts] == ["62.0", "78.0"]
    levels = {line.get_label(): line.get_ydata() for line in axes.get_lines()}
    assert list(levels["uniform: 50.2"]) == [50.25, 50.25]
    assert list(levels["centre of the video: 74.0"]) == [74, 74]
    assert axes.get_ylim() == (0, 100)
    with pytest.raises(ValueError, match="no models"):
        detection_bars(tmp_path / "d.png", [], uniform=50, centre=50, title="t")


def test_the_action_is_shaded_behind_the_frames_it_covers(tmp_path: Path, drawn: list[Figure]) -> None:
    """Frames 4 to 11 from 0 are 5 to 12 in the picture: the shade holds these and no other."""
    frames = np.arange(0, 20, 2)
    curves = {"scene": (frames, np.linspace(0.5, 1.5, 10)), "action": (frames[:3], np.ones(3))}
    attention_over_time(tmp_path / "o.png", curves, interval=(4, 12), title="t")
    attention_over_time(tmp_path / "p.png", curves, interval=None, title="t")
    axes, without = drawn[0].axes[0], drawn[1].axes[0]
    (shade,) = axes.patches
    first, stop = shade.get_x(), shade.get_x() + shade.get_width()
    scene, action = (next(x for x in axes.get_lines() if x.get_label() == name) for name in curves)
    shown = scene.get_xdata()
    assert shown.tolist() == (frames + 1).tolist()
    assert shown[(shown > first) & (shown < stop)].tolist() == [5, 7, 9, 11]
    assert (first, stop) == (4.5, 12.5)
    assert scene.get_ydata()[[0, -1]].tolist() == [0.5, 1.5]
    assert scene.get_marker() != action.get_marker()
    assert scene.get_color() != action.get_color()
    assert next(x for x in axes.get_lines() if x.get_label() == "uniform").get_ydata()[0] == 1
    assert axes.get_ylim()[0] == 0
    assert not without.patches
    for wrong in ({}, {str(i): (frames, frames) for i in range(8)}):
        with pytest.raises(ValueError, match="wanted 1 to 7"):
            attention_over_time(tmp_path / "o.png", wrong, interval=None, title="t")


def _thumbnails(count: int) -> np.ndarray:
    return np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None, None], (count, 6, 8, 3)).copy()


def test_a_timeline_shows_the_chosen_moments_in_order_of_time(tmp_path: Path, drawn: list[Figure]) -> None:
    curve = np.arange(100) / 50
    reel_timeline(
        tmp_path / "t.png", curve, [(60, 70), (10, 20), (80, 95)], _thumbnails(3), fps=10, title="long.avi"
    )
    assert (tmp_path / "t.png").exists()
    *pictures, axes = (axes for part in drawn[0].subfigs for axes in part.axes)
    assert [int(picture.images[0].get_array().max()) for picture in pictures] == [1, 0, 2]
    assert [picture.get_title() for picture in pictures] == [
        "2: 1.0 to 2.0 s",
        "1: 6.0 to 7.0 s",
        "3: 8.0 to 9.5 s",
    ]
    assert [(patch.get_x(), patch.get_width()) for patch in axes.patches] == [
        (6, pytest.approx(1)), (1, pytest.approx(1)), (8, pytest.approx(1.5))
    ]  # fmt: skip
    assert [(text.get_text(), text.xy[0]) for text in axes.texts] == [("1", 6.5), ("2", 1.5), ("3", 8.75)]
    (line,) = axes.get_lines()
    assert line.get_xdata()[[0, -1]].tolist() == [0, 9.9]
    assert axes.get_xlim() == (0, 10)


def test_a_timeline_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    wrong = [
        ([(0, 5)], 2, "2 pictures of 1 moments"),
        ([], 0, "wanted uint8"),
        ([(96, 101)], 1, "wanted them inside"),
        ([(-1, 4)], 1, "wanted them inside"),
        ([(4, 4)], 1, "wanted them inside"),
    ]
    for moments, count, match in wrong:
        with pytest.raises(ValueError, match=match):
            reel_timeline(tmp_path / "t.png", np.ones(100), moments, _thumbnails(count), fps=10, title="t")
    assert not list(tmp_path.iterdir())

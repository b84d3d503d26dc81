"""Frames as bright as they are attended to, and the most and least attended one of each video."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from repro.report import filmstrip
from repro.report.filmstrip import Attended, dimmed, dimmed_strip, extremes

T = 4
NUMBERS = np.array([8, 24, 40, 56])


def _frames(level: int = 200) -> np.ndarray:
    return np.full((T, 6, 8, 3), level, np.uint8)


def _video(name: str, weights: list[float]) -> Attended:
    frames = np.broadcast_to(np.arange(T, dtype=np.uint8)[:, None, None, None], (T, 6, 8, 3)).copy()
    return Attended(name, frames, NUMBERS, np.array(weights))


@pytest.mark.parametrize(("share", "level"), [(1.0, 200), (0.5, 100), (0.15, 30), (0.01, 30), (0.0, 30)])
def test_brightness_follows_the_share_down_to_the_floor(share: float, level: int) -> None:
    frame = np.full((2, 3, 3), 200, np.uint8)
    assert (dimmed(frame, share) == level).all()
    assert (frame == 200).all()


def test_a_share_outside_0_to_1_is_refused() -> None:
    for share in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="share"):
            dimmed(np.zeros((2, 3, 3), np.uint8), share)


def test_each_row_is_as_bright_as_its_own_weights(tmp_path: Path, drawn: list[Figure]) -> None:
    weights = {"scene": np.array([0.1, 0.2, 0.4, 0.3]), "action": np.array([0.96, 0.02, 0.01, 0.01])}
    dimmed_strip(tmp_path / "f.png", _frames(), NUMBERS, weights, title="sailing")
    assert (tmp_path / "f.png").exists()
    scene, action = drawn[0].axes[:T], drawn[0].axes[T:]
    assert [axes.get_title() for axes in scene] == ["frame 9", "frame 25", "frame 41", "frame 57"]
    assert [axes.get_ylabel() for axes in (scene[0], action[0])] == ["scene", "action"]
    assert [axes.get_xlabel() for axes in scene] == ["0.100", "0.200", "0.400", "0.300"]
    assert [int(axes.images[0].get_array().max()) for axes in scene] == [50, 100, 200, 150]
    assert [int(axes.images[0].get_array().max()) for axes in action] == [200, 30, 30, 30]
    assert "0.250" in drawn[0].get_supxlabel()
    assert "shown" not in drawn[0].get_supxlabel()


def test_frames_that_are_not_shown_still_set_the_scale(tmp_path: Path, drawn: list[Figure]) -> None:
    weights = {"scene": np.array([0.2, 0.5, 0.2, 0.1])}  # the brightest is the second, left out
    dimmed_strip(tmp_path / "f.png", _frames(), NUMBERS, weights, title="t", columns=2)
    assert [axes.get_title() for axes in drawn[0].axes] == ["frame 9", "frame 57"]
    assert [int(axes.images[0].get_array().max()) for axes in drawn[0].axes] == [80, 40]
    assert drawn[0].get_supxlabel().endswith("0.250; 2 of 4 frames drawn")


def test_the_highest_and_the_lowest_frame_of_each_video(tmp_path: Path, drawn: list[Figure]) -> None:
    rows = {
        "sailing": [_video("a", [1, 3, 0.5, 0.25]), _video("b", [2, 2, 0.5, 0.5])],
        "curling": [_video("c", [0, 1, 1, 2])],
    }
    extremes(tmp_path / "e.png", rows, title="t")
    grid = np.array(drawn[0].axes).reshape(2, 4)
    assert [axes.get_ylabel() for axes in grid[:, 0]] == ["sailing", "curling"]
    assert [axes.get_title(loc="left") for axes in grid[0]] == ["a", "", "b", ""]
    shown = [int(axes.images[0].get_array().max()) for axes in (*grid[0], *grid[1, :2])]
    assert shown == [1, 3, 0, 2, 3, 0]  # of equals the earlier
    assert grid[0, 0].get_xlabel() == "frame 25: 3.00"
    assert grid[0, 1].get_xlabel() == "frame 57: 0.25"
    for axes, colour, style in ((grid[0, 0], filmstrip.HIGHEST, "-"), (grid[0, 1], filmstrip.LOWEST, "--")):
        (border,) = axes.patches
        assert to_hex(border.get_edgecolor()) == colour.lower()
        assert border.get_linestyle() == style
        assert (border.get_width(), border.get_height()) == (8, 6)
    assert not any(axes.images or axes.patches for axes in grid[1, 2:])
    assert [text.get_text() for text in drawn[0].legends[0].get_texts()] == [
        "highest weight",
        "lowest weight",
    ]


def test_what_does_not_fit_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    good = np.full(T, 0.25)
    wrong = {
        r"weights \(3,\)": good[:3],
        "negative": np.array([-0.5, 0.5, 0.5, 0.5]),
        "not finite": np.array([np.nan, 0.5, 0.5, 0.5]),
        "all are 0": np.zeros(T),
    }
    path = tmp_path / "f.png"
    for match, weights in wrong.items():
        with pytest.raises(ValueError, match=f"scene: .*{match}"):
            dimmed_strip(path, _frames(), NUMBERS, {"action": good, "scene": weights}, title="t")
        with pytest.raises(ValueError, match=f"scene: .*{match}"):
            extremes(path, {"r": [Attended("scene", _frames(), NUMBERS, weights)]}, title="t")
    with pytest.raises(ValueError, match="at least one"):
        dimmed_strip(path, _frames(), NUMBERS, {}, title="t")
    with pytest.raises(ValueError, match="wanted uint8"):
        dimmed_strip(path, _frames().astype(float), NUMBERS, {"scene": good}, title="t")
    for rows in ({}, {"sailing": []}):
        with pytest.raises(ValueError, match="wanted one row at least"):
            extremes(path, rows, title="t")
    assert not list(tmp_path.iterdir())

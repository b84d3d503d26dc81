"""The highlight reel: which frames it holds, in which order, and where its bar says they come from."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.evaluation.highlighting import Moment, moments
from repro.report import panel, reel
from repro.report.reel import clock, reel_frames
from repro.video import decode
from repro.video.encode import write_video

H, W = 30, 40  # shown sixteen times as large
LENGTH = 60


def _video(count: int = LENGTH, drawn: list[int] | None = None) -> Iterator[np.ndarray]:
    """Frame t is a plane of grey level 4 t."""
    for t in range(count):
        if drawn is not None:
            drawn.append(t)
        yield np.full((H, W, 3), 4 * t, np.uint8)


def _shown(parts: list[Moment], length: int = LENGTH) -> list[int]:
    """Which frames of the video the reel holds, by their grey."""
    pictures = reel_frames(_video(length), parts, "run", length=length, fps=25)
    return [int(picture[0, 0, 0]) // 4 for picture in pictures]


def test_moments_come_in_order_of_time_and_whole() -> None:
    parts = [Moment(40, 43, 9.0), Moment(5, 7, 4.0), Moment(43, 44, 1.0)]
    assert _shown(parts) == [5, 6, 40, 41, 42, 43]


@given(st.integers(0, 2**31), st.integers(1, 9), st.integers(1, 4))
@settings(max_examples=15, deadline=None)
def test_a_reel_holds_the_frames_of_its_moments(seed: int, length: int, count: int) -> None:
    found = moments(np.random.default_rng(seed).random(20), length, count)
    expected = sorted(t for moment in found for t in range(moment.start, moment.stop))
    assert _shown(list(found), 20) == expected


def test_nothing_is_read_after_the_last_moment() -> None:
    drawn: list[int] = []
    part = Moment(10, 12, 1.0)
    assert len(list(reel_frames(_video(drawn=drawn), [part], "run", length=LENGTH, fps=25))) == 2
    assert drawn[-1] == 11


def test_the_bar_marks_the_moments_and_the_place_in_the_video() -> None:
    parts = [Moment(30, 45, 2.0), Moment(0, 15, 1.0)]
    pictures = list(reel_frames(_video(), parts, "run", length=LENGTH, fps=25))
    assert {picture.shape for picture in pictures} == {(480 + 64, 640, 3)}
    middle = pictures[20][480 + 54, panel.MARGIN_PX : 640 - panel.MARGIN_PX]  # frame 35
    chosen = (middle == reel.CHOSEN).all(axis=1)
    cursor = (middle == panel.BRIGHT).all(axis=1)
    assert np.flatnonzero(cursor).tolist() == list(range(354, 358))  # 596 * 35 / 59 = 353.6
    assert chosen[:150].all()
    assert not chosen[150:300].any()
    assert chosen[300:354].all()
    assert chosen[358:450].all()
    assert not chosen[450:].any()


def test_each_moment_is_told_with_its_number_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(reel, "write", lambda image, text, *more, **others: said.append(text))
    parts = [Moment(30, 31, 2.0), Moment(0, 1, 1.0)]
    list(reel_frames(_video(), parts, "run", length=LENGTH, fps=10))
    assert said == ["moment 1 of 2   0:00.0", "run", "moment 2 of 2   0:03.0", "run"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00.0"), (59.94, "0:59.9"), (59.96, "1:00.0"), (67.3, "1:07.3"), (3600, "60:00.0")],
)
def test_clocks(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_a_reel_is_written_whole_at_the_speed_of_the_video(tmp_path: Path) -> None:
    path = tmp_path / "reel.webm"
    frames = reel_frames(_video(), [Moment(20, 24, 1.0)], "run", length=LENGTH, fps=12.5)
    write_video(path, frames, 12.5)
    assert [p.name for p in tmp_path.iterdir()] == ["reel.webm"]
    info = decode.probe(path)
    assert (info.frames, info.height_px, info.width_px, info.fps) == (4, 544, 640, 12.5)
    assert abs(decode.read_clip(path)[0, 200, 200].astype(int) - 80).max() < 6


def test_a_video_that_ends_early_leaves_no_file(tmp_path: Path) -> None:
    frames = reel_frames(_video(22), [Moment(20, 24, 1.0)], "run", length=LENGTH, fps=25)
    with pytest.raises(ValueError, match="ends before frame 24"):
        write_video(tmp_path / "reel.webm", frames, 25)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("parts", "fps", "match"),
    [
        ([], 25, "no moments"),
        ([Moment(0, 2, 1.0)], 0, "fps"),
        ([Moment(0, 3, 1.0), Moment(2, 4, 1.0)], 25, "none overlapping"),
        ([Moment(58, 61, 1.0)], 25, "inside"),
        ([Moment(-1, 2, 1.0)], 25, "inside"),
        ([Moment(2, 2, 1.0)], 25, "inside"),
    ],
)
def test_moments_that_do_not_fit_are_refused_at_once(parts: list[Moment], fps: float, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        reel_frames(_video(), parts, "run", length=LENGTH, fps=fps)

"""Time spans become frames once the rate and the length of their file are known."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.clips import write_numbered
from repro.types import Segment, TimeSpan, VideoRef
from repro.video import index


def _ref(name: str, path: Path, start_s: float, stop_s: float) -> VideoRef:
    return VideoRef(name, path, 0, "g", span=TimeSpan(start_s, stop_s))


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Ten frames at 25 a second."""
    path = tmp_path / "ten.avi"
    write_numbered(path, 10)
    return path


def test_spans_are_rounded_to_frames_and_end_with_the_file(video: Path, tmp_path: Path) -> None:
    refs = [
        _ref("whole", video, 0, 0.4),
        _ref("rounded", video, 0.07, 0.33),  # frames 1.75 and 8.25
        _ref("beyond", video, 0.2, 9),
        VideoRef("plain", video, 0, "g"),
        VideoRef("cut", video, 0, "g", Segment(1, 3)),
    ]
    found = index.count_frames(refs, tmp_path / "index.json")
    assert found.frames == {"whole": 10, "rounded": 6, "beyond": 5, "plain": 10, "cut": 2}
    assert found.overrun_frames == {"beyond": 215}
    assert found.broken == {}
    settled = index.with_contents(refs, found)
    assert {ref.video_id: ref.segment for ref in settled} == {
        "whole": Segment(0, 10),
        "rounded": Segment(2, 8),
        "beyond": Segment(5, 10),
        "plain": None,
        "cut": Segment(1, 3),
    }
    assert all(ref.span is None for ref in settled)
    assert index.with_contents(settled, found) == settled
    # Counted again with segments in place of spans, from the same file of counts.
    assert index.count_frames(settled, tmp_path / "index.json").frames == found.frames


def test_spans_without_frames_are_broken(video: Path, tmp_path: Path) -> None:
    refs = [
        _ref("short", video, 0.04, 0.045),
        _ref("late", video, 0.4, 0.5),
        _ref("lost", tmp_path / "lost.avi", 0, 1),
    ]
    found = index.count_frames(refs, tmp_path / "index.json")
    assert found.broken == {
        "short": "its span 0.04 s to 0.045 s holds no frame of 10 frames at 25 fps",
        "late": "has 10 frames at 25 fps, its span 0.4 s to 0.5 s starts beyond them",
        "lost": "there is no such file",
    }
    assert (found.frames, found.segments) == ({}, {})
    with pytest.raises(ValueError, match="late was not counted or is broken"):
        index.with_contents(refs[1:2], found)


@pytest.mark.parametrize("fps", [0.0, float("nan"), float("inf")])
def test_a_file_without_a_rate_cannot_be_cut(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fps: float
) -> None:
    probed = index.decode.probe(video)
    monkeypatch.setattr(
        index.decode,
        "probe",
        lambda path: index.decode.VideoInfo(10, 10, probed.height_px, probed.width_px, fps),
    )
    refs = [_ref("cut", video, 0, 0.2), VideoRef("plain", video, 0, "g")]
    found = index.count_frames(refs, tmp_path / "index.json")
    assert found.broken == {"cut": "has no frame rate, so its time span means no frames"}
    assert found.frames == {"plain": 10}


@given(
    st.integers(1, 400),
    st.floats(1, 60),
    st.floats(0, 20),
    st.floats(0, 20).filter(lambda length: length > 0),
)
def test_a_span_is_inside_its_file_or_says_why_not(
    frames: int, fps: float, start_s: float, length_s: float
) -> None:
    path = Path("/clip.avi")
    entry = {str(path.resolve()): {"frames": frames, "fps": fps, "content": "c"}}
    if start_s + length_s <= start_s:
        return
    ref = _ref("a", path, start_s, start_s + length_s)
    found = index._by_video([ref], entry)
    assert set(found.frames) ^ set(found.broken) == {"a"}
    if not found.broken:
        (cut,) = found.segments.values()
        assert 0 <= cut.start_frames < cut.stop_frames <= frames
        assert abs(cut.start_frames - start_s * fps) <= 0.5
        over = found.overrun_frames.get("a", 0)
        assert abs(cut.stop_frames + over - (start_s + length_s) * fps) <= 0.5
        assert over == 0 or cut.stop_frames == frames

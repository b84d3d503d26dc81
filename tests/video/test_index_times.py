"""Spans of files with a varying rate hold the frames that are shown then; the index keeps the times."""

import json
from pathlib import Path

import numpy as np
import pytest

from helpers.clips import write_numbered
from helpers.variable_rate import write_shown_at
from repro.types import Segment, TimeSpan, VideoRef
from repro.video import decode, index

# Four frames at 25 a second, four at 2.5 a second, then 25 again. The last of them at 1.76 s.
TICKS = (0, 1, 2, 3, 10, 20, 30, 40, 41, 42, 43, 44)


@pytest.fixture(params=[".mp4", ".mkv"])
def video(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"clip{request.param}"
    write_shown_at(path, TICKS)
    return path


def _refs(path: Path, *spans: tuple[float, float]) -> list[VideoRef]:
    return [VideoRef(f"{span[0]}-{span[1]}", path, 0, "g", span=TimeSpan(*span)) for span in spans]


def test_the_frames_shown_at_those_seconds(video: Path, tmp_path: Path) -> None:
    refs = _refs(video, (0, 0.2), (0.2, 1.2), (0.9, 1.2), (1.6, 9), (0, 1.8))
    for _ in range(2):  # counted, and from the file of counts
        found = index.count_frames(refs, tmp_path / "index.json")
        assert list(found.segments.values()) == [
            Segment(0, 3),  # frame 3 is shown from 0.12 s to 0.4 s, longer outside than inside
            Segment(3, 6),  # at 25 frames a second these would be 5 to 30
            Segment(5, 6),
            Segment(7, 12),
            Segment(0, 12),
        ]
        assert found.broken == {}
        assert found.overrun_frames == {"1.6-9": 180}  # 7.2 s at the last frame's 40 ms


def test_a_span_without_frames_is_told(video: Path, tmp_path: Path) -> None:
    found = index.count_frames(_refs(video, (0.45, 0.55), (1.9, 2)), tmp_path / "index.json")
    frames = "12 frames of varying duration, the last at 1.76 s"
    assert found.broken == {
        "0.45-0.55": f"its span 0.45 s to 0.55 s holds no frame of {frames}",
        "1.9-2": f"has {frames}, its span 1.9 s to 2 s starts beyond them",
    }


def test_decoding_tells_the_times(video: Path) -> None:
    info = decode.probe(video)
    assert (info.frames, info.fps) == (12, 25.0)
    np.testing.assert_allclose(info.shown_s, np.array(TICKS) * 0.04, atol=1e-6)


def test_times_are_kept_only_where_the_rate_varies(video: Path, tmp_path: Path) -> None:
    constant = tmp_path / "constant.avi"
    write_numbered(constant, 5)
    refs = [VideoRef(path.stem, path, 0, "g") for path in (video, constant)]
    index.count_frames(refs, tmp_path / "index.json")
    kept = json.loads((tmp_path / "index.json").read_text())["videos"]
    assert "shown" in kept[str(video)]
    assert kept[str(constant)].keys() == {
        "state", "content", "frames", "declared_frames", "height_px", "width_px", "fps"
    }  # fmt: skip


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_constant_rate_is_cut_as_ever(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"clip{suffix}"
    write_shown_at(path, range(12))
    found = index.count_frames(_refs(path, (0.1, 0.3), (0.06, 0.14)), tmp_path / "index.json")
    assert list(found.segments.values()) == [Segment(2, 8), Segment(2, 4)]  # 2.5, 7.5; 1.5, 3.5: to the even
    assert decode.probe(path).shown_s is None

"""Windows over a video: 70 frames by hand, each frame served once, stitching."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.sampling.covering import lasting, stitched, windows


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        (70, [(0, 0, 30), (30, 30, 60), (40, 60, 70)]),
        (60, [(0, 0, 30), (30, 30, 60)]),
        (31, [(0, 0, 30), (1, 30, 31)]),
        (30, [(0, 0, 30)]),
        (12, [(0, 0, 12)]),
    ],
)
def test_windows_of_thirty(frames: int, expected: list[tuple[int, int, int]]) -> None:
    assert list(windows(frames, 30)) == expected


@given(st.integers(1, 200), st.integers(1, 40))
def test_every_frame_is_served_once_from_inside_a_window(frames: int, length: int) -> None:
    served = []
    for window in windows(frames, length):
        assert window.start <= window.first < window.stop <= window.start + length
        assert window.start + length <= max(frames, length)
        served += range(window.first, window.stop)
    assert served == list(range(frames))


@given(st.integers(1, 100), st.integers(1, 40))
def test_stitching_what_says_its_own_frame_number_counts(frames: int, length: int) -> None:
    outputs = np.stack([np.arange(w.start, w.start + length) for w in windows(frames, length)])
    assert stitched(outputs[..., None], frames)[:, 0].tolist() == list(range(frames))


def test_stitching_refuses_another_number_of_windows() -> None:
    with pytest.raises(ValueError, match="wanted 3 windows"):
        stitched(np.zeros((2, 30, 7, 7)), 70)


@pytest.mark.parametrize(("frames", "length"), [(0, 30), (30, 0)])
def test_refuses_empty_videos_and_windows(frames: int, length: int) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        windows(frames, length)


def test_the_last_map_lasts() -> None:
    maps = np.array([[1, 2], [3, 4]])
    assert lasting(maps, 3).tolist() == [[1, 2], [3, 4], [3, 4]]
    assert lasting(maps, 2).tolist() == maps.tolist()
    for rows, frames in ((maps, 1), (maps[:0], 1)):
        with pytest.raises(ValueError, match="rows for 1 frames"):
            lasting(rows, frames)

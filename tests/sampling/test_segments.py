"""Paper 4, 5.2, and paper4.md 11.6: where the 25 segments start."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.sampling.segments import segment_starts


@pytest.mark.parametrize(
    ("frames", "first", "last"),
    [
        (30, [0, 0, 0], 0),
        (53, [0, 0, 0], 0),
        (54, [0, 1, 2], 24),
        (79, [1, 3, 5], 49),
        (100, [1, 3, 5], 49),
        (186, [3, 9, 15], 147),
        (300, [5, 15, 25], 245),
    ],
)
def test_the_authors_starts(frames: int, first: list[int], last: int) -> None:
    starts = segment_starts(frames)
    assert len(starts) == 25
    assert starts[:3].tolist() == first
    assert starts[-1] == last
    assert len(set(np.diff(starts).tolist())) == 1


def test_linspace_reaches_from_the_first_to_the_last_start() -> None:
    starts = segment_starts(100, rule="linspace")
    assert starts[:4].tolist() == [0, 3, 6, 9]  # 70 / 24 = 2.92
    assert starts[-1] == 70
    assert segment_starts(186, segments=4, length=30, rule="linspace").tolist() == [0, 52, 104, 156]


@pytest.mark.parametrize("rule", ["authors", "linspace"])
@given(st.integers(1, 2000), st.integers(1, 40), st.integers(1, 30))
def test_segments_lie_in_the_video(rule: str, frames: int, length: int, segments: int) -> None:
    starts = segment_starts(frames, length, segments, rule)
    assert starts.shape == (segments,)
    assert starts[0] >= 0
    assert starts[-1] <= max(0, frames - length)
    assert (np.diff(starts) >= 0).all()
    if frames <= length:
        assert not starts.any()


@pytest.mark.parametrize("wrong", [(0,), (30, 0), (30, 30, 0), (30, 30, 25, "middle")])
def test_what_makes_no_sense_is_refused(wrong: tuple) -> None:
    with pytest.raises(ValueError, match="authors or linspace"):
        segment_starts(*wrong)

"""Weights of frames, average precision of attention, best moments: by hand, and what must always hold."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from repro.evaluation.highlighting import (
    action_average_precision,
    detection,
    every_frame,
    frame_weights,
    moments,
)


def test_weights_are_means_over_the_windows_that_show_a_frame() -> None:
    """Two windows of two frames; frame 4 is in both: (0.75 + 0.5) / 2, twice as uniform has 1/2."""
    weights = np.array([[0.25, 0.75], [0.5, 0.5]])
    frames, weight = frame_weights(weights, np.array([[0, 4], [4, 8]]), 12)
    assert frames.tolist() == [0, 4, 8]
    assert weight == pytest.approx([0.5, 1.25, 1.0])


@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 2**31))
def test_uniform_attention_is_one_everywhere(windows: int, attended: int, seed: int) -> None:
    frames = np.random.default_rng(seed).integers(0, 30, (windows, attended))
    shown, weight = frame_weights(np.full((windows, attended), 1 / attended), frames, 30)
    assert shown.tolist() == sorted(set(frames.ravel().tolist()))
    np.testing.assert_allclose(weight, 1)


def test_wrong_weights() -> None:
    with pytest.raises(ValueError, match="equal"):
        frame_weights(np.ones((1, 2)), np.zeros((1, 3), int), 4)
    with pytest.raises(ValueError, match="0 to 4 of a video of 4"):
        frame_weights(np.full((1, 2), 0.5), np.array([[0, 4]]), 4)


@pytest.mark.parametrize(
    ("weight", "area"),
    [
        ([0.1, 0.9, 0.8, 0.2], 1.0),  # the action's two frames come first
        ([0.9, 0.8, 0.1, 0.2], 0.5 * 1 / 2 + 0.5 * 2 / 4),  # second, then fourth
        ([1.0, 1.0, 1.0, 1.0], 0.5),  # all enter together: the share of action frames
    ],
)
def test_areas_by_hand(weight: list[float], area: float) -> None:
    found = action_average_precision(np.array([0, 4, 8, 12]), np.array(weight), (4, 9))
    assert found == pytest.approx(area)


def test_baselines_and_videos_without_anything_to_find() -> None:
    """Of `a` the two middle frames are action, of `b` all: only `a` counts."""
    frames = np.array([0, 4, 8, 12])
    weight = np.array([0.9, 0.8, 0.1, 0.2])
    found = detection(
        {"a": (frames, weight), "b": (frames, weight)}, {"a": (4, 9), "b": (0, 13)}, {"a": 13, "b": 13}
    )
    assert found.video_ids == ("a",)
    assert found.attention == pytest.approx([0.5])
    assert found.uniform == pytest.approx([0.5])
    assert found.centre == pytest.approx([1.0])
    with pytest.raises(ValueError, match="no video"):
        detection({"b": (frames, weight)}, {"b": (0, 13)}, {"b": 13})


def test_frames_between_attended_ones_lie_on_the_line() -> None:
    curve = every_frame(np.array([1, 3, 7]), np.array([2.0, 1.0, 3.0]), 9)
    assert curve.tolist() == [2, 2, 1.5, 1, 1.5, 2, 2.5, 3, 3]
    for wrong in ([1, 9], [-1, 3], [3, 1], [3, 3]):
        with pytest.raises(ValueError, match="increasing, in the video"):
            every_frame(np.array(wrong), np.ones(2), 9)
    for frames, weight in ((np.array([1]), np.ones(2)), (np.zeros(0, int), np.zeros(0))):
        with pytest.raises(ValueError, match="wanted equal"):
            every_frame(frames, weight, 9)


def test_the_best_moments_by_hand() -> None:
    curve = np.array([0, 0, 5, 5, 0, 0, 4, 4, 0, 0], float)
    first, second = moments(curve, length=2, count=2)
    assert (first.start, first.stop, first.worth) == (2, 4, 5)
    assert (second.start, second.stop, second.worth) == (6, 8, 4)
    (whole,) = moments(curve, length=20, count=3)
    assert (whole.start, whole.stop) == (0, 10)


@given(
    hnp.arrays(float, st.integers(1, 60), elements=st.floats(0, 10)), st.integers(1, 12), st.integers(1, 6)
)
def test_moments_lie_inside_and_apart_and_fall_in_worth(curve: np.ndarray, length: int, count: int) -> None:
    found = moments(curve, length, count)
    assert 1 <= len(found) <= count
    covered = [frame for moment in found for frame in range(moment.start, moment.stop)]
    assert len(covered) == len(set(covered))
    assert min(covered) >= 0
    assert max(covered) < len(curve)
    assert all(a.worth >= b.worth for a, b in pairwise(found))
    assert found[0].worth == pytest.approx(max(m.worth for m in moments(curve, length, 1)))


@pytest.mark.parametrize(
    ("curve", "length", "count"),
    [([], 1, 1), ([1.0], 0, 1), ([1.0], 1, 0), ([np.nan], 1, 1), ([[1.0]], 1, 1)],
)
def test_moments_of_nothing_are_refused(curve: list[float], length: int, count: int) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        moments(np.array(curve, float), length, count)


def test_of_equal_moments_the_earlier_comes_first() -> None:
    assert [moment.start for moment in moments(np.ones(9), length=3, count=5)] == [0, 3, 6]

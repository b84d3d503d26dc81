"""Paper 5, C4, C16, C17: where clips start, and the class of a clip and of a video, ties included."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.evaluation.clips import video_score
from repro.sampling.clips import clip_starts

EXAMPLE_F = np.array(
    [
        [0.9, 0.05, 0.05],
        [0.9, 0.05, 0.05],
        [0.4, 0.35, 0.25],
        [0.4, 0.35, 0.25],
        [0.05, 0.9, 0.05],
        [0.38, 0.33, 0.29],
    ]
)


@pytest.mark.parametrize(
    ("frames", "stride", "starts"),
    [
        (30, 1, [0]),
        (31, 1, [0, 1]),
        (75, 15, [0, 15, 30, 45]),
        (74, 15, [0, 15, 30]),
        (20, 1, [0]),
        (1, 15, [0]),
        (59, 30, [0]),
        (60, 30, [0, 30]),
    ],
)
def test_the_starts_of_the_paper(frames: int, stride: int, starts: list[int]) -> None:
    found = clip_starts(frames, 30, stride)
    assert found.tolist() == starts
    assert found.dtype == np.int64


def clip_score(p: np.ndarray, last: int, rule: str = "vote") -> np.ndarray:
    """What a clip says by itself."""
    return video_score(p[None], last, rule, "mean")


def test_example_f() -> None:
    """The last four frames vote 0, 0, 1, 0; their mean says class 1."""
    mean = clip_score(EXAMPLE_F, 4, "mean")
    np.testing.assert_allclose(mean, [0.3075, 0.4825, 0.21], rtol=0, atol=1e-12)
    voted = clip_score(EXAMPLE_F, 4)
    np.testing.assert_allclose(
        voted, [(3 + 0.15375) / 4.5, (1 + 0.24125) / 4.5, 0.105 / 4.5], rtol=0, atol=1e-12
    )
    assert voted.sum() == pytest.approx(1)
    assert (mean.argmax(), voted.argmax()) == (1, 0)
    assert mean.dtype == voted.dtype == np.float64


def test_a_tie_inside_a_frame_goes_to_the_smaller_index() -> None:
    """Frame 0 would be a vote for class 2 otherwise, and with it the clip."""
    p = np.array([[0.25, 0.375, 0.375], [0.0, 0.5, 0.5]])
    np.testing.assert_array_equal(
        clip_score(p, 2), [0.125 / 2 / 2.5, (2 + 0.4375 / 2) / 2.5, 0.4375 / 2 / 2.5]
    )


def test_a_tie_of_votes_goes_to_the_larger_probability_then_the_smaller_index() -> None:
    assert clip_score(np.array([[0.6, 0.4], [0.3, 0.7]]), 2).argmax() == 1  # means 0.45, 0.55
    assert clip_score(np.array([[0.75, 0.25], [0.25, 0.75]]), 2).tolist() == [0.5, 0.5]
    # One vote each for 1 and 2; class 0 is likeliest on average but has none.
    p = np.array([[0.375, 0.5, 0.125], [0.375, 0.125, 0.5]])
    score = clip_score(p, 2)
    assert score[1] == score[2] > score[0]
    assert score.argmax() == 1


def test_a_tie_of_clips() -> None:
    """Two clips of two frames: one for class 0, one for class 1, by a wide margin."""
    clips = np.array([[[0.6, 0.4], [0.6, 0.4]], [[0.2, 0.8], [0.2, 0.8]]])
    np.testing.assert_allclose(video_score(clips, 2), [(1 + 0.2) / 2.5, (1 + 0.3) / 2.5])
    assert video_score(clips[::-1], 2).argmax() == 1
    even = np.array([[[0.25, 0.75]], [[0.75, 0.25]]])
    assert video_score(even, 1).tolist() == [0.5, 0.5]


def test_clips_against_one_sure_clip() -> None:
    """Two clips say 0 by three frames of five, one says 1 by all five; frames together say 1."""
    narrow = [[0.6, 0.4]] * 3 + [[0.1, 0.9]] * 2
    clips = np.array([narrow, narrow, [[0.0, 1.0]] * 5])
    assert video_score(clips, 5, "vote", "vote").argmax() == 0
    found = video_score(clips, 5, "vote", "mean")
    np.testing.assert_allclose(found, [(6 + 0.8 / 3 / 2) / 15.5, (9 + 2.2 / 3 / 2) / 15.5])
    np.testing.assert_allclose(video_score(clips, 5, "mean", "mean"), [0.8 / 3, 2.2 / 3])
    np.testing.assert_allclose(  # by its mean each narrow clip says 1: 0.6
        video_score(clips, 5, "mean", "vote"), [0.4 / 3 / 3.5, (3 + 1.1 / 3) / 3.5]
    )


def test_only_the_last_frames_count() -> None:
    before = np.array([[1.0, 0, 0]] * 9)
    p = np.concatenate([before, EXAMPLE_F[2:]])
    for rule in ("vote", "mean"):
        np.testing.assert_array_equal(clip_score(p, 4, rule), clip_score(EXAMPLE_F, 4, rule))


def exact(clips: list[Any], last: int, clip_rule: str, video_rule: str) -> int:
    """The printed rule in fractions: (what counts, then the larger probability, then the smaller index)."""
    tails = [[[Fraction(v) for v in frame] for frame in clip[len(clip) - last :]] for clip in clips]
    classes = range(len(tails[0][0]))

    def total(frames: list[Any], k: int) -> Fraction:
        return sum((frame[k] for frame in frames), Fraction(0))

    def first_max(values: list[Any]) -> int:
        return min(classes, key=lambda k: (*(-v for v in values[k]), k))

    def votes(frames: list[Any]) -> list[int]:
        named = [first_max([(value,) for value in frame]) for frame in frames]
        return [named.count(k) for k in classes]

    def clip_values(frames: list[Any]) -> list[Any]:
        counted = votes(frames) if clip_rule == "vote" else [0 for _ in classes]
        return [(counted[k], total(frames, k)) for k in classes]

    every = [frame for tail in tails for frame in tail]
    if video_rule == "vote":
        named = [first_max(clip_values(tail)) for tail in tails]
        return first_max([(named.count(k), total(every, k)) for k in classes])
    per_clip = [clip_values(tail) for tail in tails]
    means = [Fraction(sum(values[k][0] for values in per_clip), last * len(tails)) for k in classes]
    return first_max([(means[k], total(every, k)) for k in classes])


@st.composite
def clips_and_last(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    """Probabilities in eighths: sums are exact, and ties of every kind are frequent."""
    clips, frames, classes = (draw(st.integers(1, n)) for n in (4, 5, 4))
    parts = draw(
        st.lists(
            st.lists(st.integers(0, classes - 1), min_size=8, max_size=8),
            min_size=clips * frames,
            max_size=clips * frames,
        )
    )
    p = np.array([np.bincount(named, minlength=classes) for named in parts]) / 8
    return p.reshape(clips, frames, classes), draw(st.integers(1, frames))


@pytest.mark.slow
@given(clips_and_last(), st.sampled_from(("vote", "mean")), st.sampled_from(("vote", "mean")))
def test_the_argmax_is_the_printed_rule(given_clips: Any, clip_rule: Any, video_rule: Any) -> None:
    clips, last = given_clips
    found = video_score(clips, last, clip_rule, video_rule)
    assert found.sum() == pytest.approx(1)
    assert found.min() >= 0
    assert found.argmax() == exact(clips.tolist(), last, clip_rule, video_rule)
    for clip in clips:
        assert clip_score(clip, last, clip_rule).argmax() == exact([clip.tolist()], last, clip_rule, "mean")


@pytest.mark.slow
@given(clips_and_last(), st.randoms(use_true_random=False))
def test_the_order_of_clips_does_not_count(given_clips: Any, random: Any) -> None:
    clips, last = given_clips
    other = random.sample(range(len(clips)), len(clips))
    np.testing.assert_array_equal(video_score(clips, last), video_score(clips[other], last))


def test_wrong_use() -> None:
    for sizes in ((0, 30, 1), (30, 0, 1), (30, 30, 0)):
        with pytest.raises(ValueError, match="wanted 1 or more"):
            clip_starts(*sizes)
    for last in (0, 7):
        with pytest.raises(ValueError, match=rf"\(1, 6, 3\), the last {last} frames; wanted \[N, T, K\]"):
            clip_score(EXAMPLE_F, last)
    with pytest.raises(ValueError, match=r"wanted \[N, T, K\]"):
        video_score(EXAMPLE_F, 4)
    with pytest.raises(ValueError, match=r"wanted \[N, T, K\]"):
        video_score(np.zeros((0, 6, 3)), 4)
    for wrong in (EXAMPLE_F * 2, EXAMPLE_F * np.nan, EXAMPLE_F - [0.5, -0.5, 0]):
        with pytest.raises(ValueError, match="wanted probabilities"):
            clip_score(wrong, 4)
    with pytest.raises(ValueError, match="'median'"):
        video_score(EXAMPLE_F[None], 4, "vote", "median")  # type: ignore[arg-type]

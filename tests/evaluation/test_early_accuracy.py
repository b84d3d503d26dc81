"""Accuracy after the first frames: worked numbers of the papers, plain loops, properties."""

from dataclasses import replace

import numpy as np
import pytest
from early_scores import PAIR, some_scores
from hypothesis import given
from hypothesis import strategies as st

from oracles import metrics
from oracles import metrics_of_probabilities as oracle
from repro.evaluation import anticipation
from repro.sampling.observed import observed_frames
from repro.types import Scores


@pytest.mark.parametrize(
    ("length", "observed", "cap", "frames"),
    [
        (40, "20%", 50, 8),
        (39, "20%", 50, 7),
        (15, "20%", 50, 3),  # 0.2 * 15 is 3.0000000000000004 in floats
        (19, "20%", 50, 3),
        (4, "20%", 50, 1),
        (120, "50%", 50, 50),  # capped
        (99, "50%", 50, 49),
        (100, "29%", 50, 29),  # 0.29 * 100 is 28.999999999999996 in floats
        (250, "1%", 50, 2),
        (199, "1%", 50, 1),
        (16, "12.5%", 50, 2),
        (30, "100%", 50, 30),
        (180, "100%", 50, 50),
        (180, "first frame", 50, 1),
        (180, "2 frames", 50, 2),
        (1, "2 frames", 1, 1),  # a clip has no more frames than it has
        (180, "60 frames", 50, 50),
    ],
)
def test_observed_frames(length: int, observed: str, cap: int, frames: int) -> None:
    assert observed_frames(observed, length, cap) == frames


@given(st.integers(1, 3000), st.integers(1, 100), st.integers(1, 60))
def test_observed_frames_never_exceed_the_fraction(length: int, percent: int, cap: int) -> None:
    frames = observed_frames(f"{percent}%", length, min(cap, length))
    assert frames == metrics.frames_observed(length, percent, cap)
    assert frames == 1 or 100 * frames <= percent * length


@pytest.mark.parametrize(
    "wrong", ["0%", "101%", "-5%", "0 frames", "half", "20", "", "20 %%", "first frames"]
)
def test_other_spellings_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="wanted 'first frame'"):
        observed_frames(wrong, 10, 10)


@pytest.mark.parametrize(
    ("pooled", "expected"), [(True, [0.5, 0.5, 0.5, 0.5]), (False, [0.5, 0.5, 1.0, 0.5])]
)
def test_worked_curve_of_paper_1(pooled: bool, expected: list[float]) -> None:
    assert anticipation.curve(PAIR, pooled=pooled).tolist() == expected
    hits = [anticipation.hits_after(PAIR, f"{t} frames", pooled=pooled) for t in range(1, 5)]
    assert [each.mean() for each in hits] == expected


def test_a_short_clip_keeps_its_last_observed_frame() -> None:
    short = replace(PAIR, lengths_frames=np.array([4, 3]), observed_frames=np.array([4, 3]))
    assert anticipation.curve(short, pooled=False).tolist() == [0.5, 0.5, 1.0, 1.0]
    assert anticipation.predictions_after(short, "100%", pooled=False).tolist() == [0, 2]


def test_the_fraction_is_of_the_true_length_not_of_the_scored_part() -> None:
    long = replace(PAIR, lengths_frames=np.array([4, 12]))  # 25 % of 12 is frame 3, where video two is right
    assert anticipation.hits_after(long, "25%", pooled=False).tolist() == [True, True]
    assert anticipation.hits_after(PAIR, "25%", pooled=False).tolist() == [True, False]


def test_worked_probabilities() -> None:
    pooled = anticipation.scores_after(PAIR, "50%", pooled=True)
    assert pooled == pytest.approx(np.array([[0.55, 0.3, 0.15], [0.3, 0.525, 0.175]]), abs=1e-7)
    alone = anticipation.scores_after(PAIR, "50%", pooled=False)
    assert alone == pytest.approx(np.array([[0.6, 0.3, 0.1], [0.4, 0.35, 0.25]]), abs=1e-7)


@given(some_scores(), st.booleans())
def test_agrees_with_plain_loops(scores: Scores, pooled: bool) -> None:
    videos, labels = scores.scores.astype(float).tolist(), scores.labels.tolist()
    observed, lengths = scores.observed_frames.tolist(), scores.lengths_frames.tolist()
    expected = metrics.curve(videos, labels, observed, pooled)
    assert anticipation.curve(scores, pooled=pooled).tolist() == expected
    for percent in (1, 20, 50, 100):
        frames = [metrics.frames_observed(n, percent, cap) for n, cap in zip(lengths, observed, strict=True)]
        expected_one = metrics.accuracy_at(videos, labels, frames, pooled)
        assert anticipation.hits_after(scores, f"{percent}%", pooled=pooled).mean() == expected_one
    times = anticipation.time_to_action(scores, pooled=pooled)
    assert times.tolist() == [
        oracle.time_to_action(*video, pooled) for video in zip(videos, labels, observed, lengths, strict=True)
    ]
    assert (times < np.inf).mean() == expected[-1]  # decided at all means right at the end


@given(some_scores())
def test_at_the_first_frame_pooling_changes_nothing(scores: Scores) -> None:
    with_mean = anticipation.predictions_after(scores, "first frame", pooled=True)
    without = anticipation.predictions_after(scores, "first frame", pooled=False)
    assert with_mean.tolist() == without.tolist()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("observed_frames", [0, 4], "observed frames"),
        ("observed_frames", [5, 4], "observed frames"),
        ("lengths_frames", [3, 4], "more observed frames"),
        ("labels", [0, 3], "labels"),
    ],
)
def test_scores_that_do_not_fit_are_refused(field: str, value: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        anticipation.curve(replace(PAIR, **{field: np.array(value)}), pooled=True)


def test_no_videos_are_refused() -> None:
    none = np.zeros(0, np.int64)
    with pytest.raises(ValueError, match="no videos"):
        anticipation.curve(Scores((), none, none, none, np.zeros((0, 4, 3), np.float32)), pooled=True)

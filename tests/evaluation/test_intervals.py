"""Bootstrap intervals: closed forms, one-by-one drawing, pairing, coverage."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles import metrics_of_probabilities as oracle
from repro.evaluation import bootstrap
from repro.evaluation.bootstrap import mean_interval


def _hits(right: int, wrong: int) -> np.ndarray:
    """One seed."""
    return np.repeat([True, False], [right, wrong])[None, :]


def test_interval_of_a_large_test_set_is_the_normal_one() -> None:
    low, high = mean_interval({"1": _hits(3000, 1000)})
    half = 1.96 * math.sqrt(0.75 * 0.25 / 4000)  # 0.0134
    assert low == pytest.approx(0.75 - half, abs=0.001)
    assert high == pytest.approx(0.75 + half, abs=0.001)


def test_three_splits_have_the_interval_of_their_mean() -> None:
    """Not that of 9000 videos at once: each split weighs the same."""
    hits = {"1": _hits(800, 200), "2": _hits(3000, 1000), "3": _hits(2000, 2000)}
    low, high = mean_interval(hits)
    mean = (0.8 + 0.75 + 0.5) / 3
    half = 1.96 * math.sqrt(0.16 / 1000 + 0.1875 / 4000 + 0.25 / 4000) / 3  # 0.0107
    assert low == pytest.approx(mean - half, abs=0.001)
    assert high == pytest.approx(mean + half, abs=0.001)


def test_seeds_see_the_same_videos() -> None:
    """Seeds that agree add nothing; were their videos drawn apart, four would halve the width."""
    once = _hits(300, 100)
    assert mean_interval({"1": np.repeat(once, 4, axis=0)}) == mean_interval({"1": once})
    # seeds that fail on different videos: every video is right in one of two seeds, none is luckier
    opposite = np.concatenate([once, ~once])
    assert mean_interval({"1": opposite}) == (0.5, 0.5)


def test_agrees_with_drawing_videos_one_by_one() -> None:
    rng = np.random.default_rng(1)
    hits = {"1": rng.random((3, 24)) < 0.7, "2": rng.random((2, 15)) < 0.4}
    drawn = oracle.resampled_means([h.tolist() for h in hits.values()], 4000, random.Random(5))
    expected = np.quantile(drawn, [0.025, 0.975])
    # the ends of 4000 draws are off by about 0.003 (sd of the mean 0.066), the steps are 1/180
    assert mean_interval(hits) == pytest.approx(expected, abs=0.012)


HITS = st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(0, 2**32 - 1)).map(
    lambda size: np.random.default_rng(size[2]).random(size[:2]) < 0.6
)


@given(st.lists(HITS, min_size=1, max_size=3), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_the_estimate_is_inside_and_order_changes_nothing(hits: list[np.ndarray], random: object) -> None:
    by_split = {str(i): h for i, h in enumerate(hits)}
    low, high = mean_interval(by_split)
    mean = np.mean([h.mean() for h in hits])
    assert 0 <= low <= mean + 1e-12
    assert mean - 1e-12 <= high <= 1
    shuffled = {}
    for name in sorted(by_split, reverse=True):
        order = list(range(by_split[name].shape[1]))
        random.shuffle(order)  # type: ignore[attr-defined]
        shuffled[name] = by_split[name][:, order]
    assert mean_interval(shuffled) == (low, high)


def test_certain_results_have_no_width() -> None:
    assert mean_interval({"1": _hits(9, 0), "2": _hits(4, 0)}) == (1.0, 1.0)
    assert mean_interval({"1": _hits(0, 9)}) == (0.0, 0.0)


@pytest.mark.slow
def test_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over 1000 test sets of 3 x 150 videos, 95 % of the intervals hold the true value (sd 0.7 points).

    Seeds are not drawn anew: each video has its own chance to be easy, and its seeds share it. With 2000
    resamples an end is off by 0.06 of the mean's deviation, either way.
    """
    monkeypatch.setattr(bootstrap, "RESAMPLES", 2000)
    rng = np.random.default_rng(11)
    inside = 0
    for _ in range(1000):
        hits = {}
        for split in "123":
            chance = np.where(rng.random(150) < 0.6, 0.9, 0.3)
            hits[split] = rng.random((2, 150)) < chance
        low, high = mean_interval(hits)
        inside += low <= 0.6 * 0.9 + 0.4 * 0.3 <= high
    assert 0.928 < inside / 1000 < 0.972


def test_misfits_are_refused() -> None:
    with pytest.raises(ValueError, match="no splits"):
        mean_interval({})
    for wrong in (np.ones(4, bool), np.ones((0, 4), bool), np.ones((1, 0), bool)):
        with pytest.raises(ValueError, match=r"\[S, V\]"):
            mean_interval({"1": wrong})

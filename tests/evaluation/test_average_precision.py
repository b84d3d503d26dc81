"""Average precision: areas by hand, plain loops, properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from oracles import metrics_of_probabilities as oracle
from repro.evaluation.average_precision import (
    average_precision,
    clip_shares,
    mean_average_precision,
    mean_over_classes,
)

TENTHS = st.integers(0, 10).map(lambda n: n / 10)  # few values, so that scores are often equal


@pytest.mark.parametrize(
    ("positive", "scores", "area"),
    [
        ([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6], 0.5 * 1 + 0.5 * 2 / 3),
        ([1, 1, 0, 0], [0.9, 0.8, 0.7, 0.6], 1.0),
        ([0, 0, 0, 1], [0.9, 0.8, 0.7, 0.6], 0.25),
        ([1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5], 0.25),  # all enter together: first in the array is not first
        ([0, 0, 0, 1], [0.5, 0.5, 0.5, 0.5], 0.25),
        ([1, 0, 1, 1], [0.9, 0.5, 0.5, 0.1], 1 / 3 * 1 + 1 / 3 * 2 / 3 + 1 / 3 * 3 / 4),
        ([1], [0.0], 1.0),
    ],
)
def test_areas_by_hand(positive: list[int], scores: list[float], area: float) -> None:
    found = average_precision(np.array(positive, bool), np.array(scores))
    assert found == pytest.approx(area, abs=1e-15)


@given(st.lists(st.tuples(st.booleans(), TENTHS), min_size=1, max_size=12))
def test_agrees_with_plain_loops(videos: list[tuple[bool, float]]) -> None:
    positive, scores = (list(column) for column in zip(*videos, strict=True))
    positive[0] = True
    expected = oracle.average_precision(positive, scores)
    assert average_precision(np.array(positive), np.array(scores)) == pytest.approx(expected, abs=1e-14)


@given(hnp.arrays(float, st.tuples(st.integers(1, 8), st.integers(1, 5)), elements=TENTHS), st.data())
def test_mean_over_the_classes_that_have_videos(scores: np.ndarray, data: st.DataObject) -> None:
    labels = data.draw(hnp.arrays(np.int64, len(scores), elements=st.integers(0, scores.shape[1] - 1)))
    found = mean_average_precision(labels, scores)
    assert found == pytest.approx(oracle.mean_average_precision(labels.tolist(), scores.tolist()), abs=1e-14)
    order = data.draw(st.permutations(range(len(labels))))
    assert mean_average_precision(labels[order], scores[order]) == pytest.approx(found, abs=1e-14)


def test_a_class_without_videos_is_left_out() -> None:
    scores = np.array([[0.6, 0.3, 0.1], [0.7, 0.2, 0.1], [0.5, 0.4, 0.1]])
    # class 0 ranks the videos two, one, three; class 1 three, one, two; class 2 has none
    assert mean_average_precision(np.array([1, 0, 1]), scores) == 1.0
    assert mean_average_precision(np.array([0, 1, 1]), scores) == pytest.approx(
        (1 / 2 + (1 / 2 * 1 + 1 / 2 * 2 / 3)) / 2, abs=1e-15
    )


@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_a_perfect_ranking_is_one_whatever_the_scores(classes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, 20)
    scores = rng.random((20, classes)) * 0.5
    scores[np.arange(20), labels] += 0.5
    assert mean_average_precision(labels, scores) == pytest.approx(1.0, abs=1e-14)
    assert mean_average_precision(labels, scores**3 - 7) == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize(
    ("interpolated", "expected"), [(False, 1 + 2 / 3 + 3 / 4), (True, 1 + 3 / 4 + 3 / 4)]
)
def test_what_cannot_be_found_counts(interpolated: bool, expected: float) -> None:
    """By score: right, wrong, right, right, wrong. Four could be found."""
    right = np.array([True, False, False, True, True])
    found = average_precision(
        right, np.array([0.9, 0.8, 0.1, 0.6, 0.5]), positives=4, interpolated=interpolated
    )
    assert found == pytest.approx(expected / 4, abs=1e-15)


def test_misfits_are_refused() -> None:
    with pytest.raises(ValueError, match="1 to find"):
        average_precision(np.ones(2, bool), np.array([1.0, 0.5]), positives=1)
    with pytest.raises(ValueError, match="one positive"):
        average_precision(np.zeros(3, bool), np.zeros(3))
    with pytest.raises(ValueError, match=r"equal \[V\]"):
        average_precision(np.ones(3, bool), np.zeros(2))
    with pytest.raises(ValueError, match="NaN"):
        average_precision(np.ones(2, bool), np.array([0.5, np.nan]))
    for labels in ([0, 3], [-1, 0]):  # -1 would otherwise be the last class
        with pytest.raises(ValueError, match="wanted 0 to 2"):
            mean_average_precision(np.array(labels), np.zeros((2, 3)))


@given(hnp.arrays(float, st.tuples(st.integers(2, 9), st.integers(1, 3)), elements=TENTHS), st.data())
@settings(max_examples=25)
def test_shares_are_what_leaving_each_video_out_says(scores: np.ndarray, data: st.DataObject) -> None:
    positive = data.draw(hnp.arrays(bool, scores.shape))
    positive[0] = True
    videos, whole = len(scores), mean_over_classes(positive, scores)
    without = []
    for kept in ~np.eye(videos, dtype=bool):
        columns = zip(positive.T, scores.T, strict=True)
        pairs = [(p[kept], s[kept]) if p[kept].any() else (p, s) for p, s in columns if p.any()]
        without.append(np.mean([oracle.average_precision(p.tolist(), s.tolist()) for p, s in pairs]))
    expected = videos * whole - (videos - 1) * np.array(without)
    shares = clip_shares(positive, scores)
    np.testing.assert_allclose(shares, expected + (whole - expected.mean()), atol=1e-12)
    assert shares.mean() == pytest.approx(whole, abs=1e-12)

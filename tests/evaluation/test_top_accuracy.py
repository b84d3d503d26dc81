"""Accuracy against numbers read by eye and against plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from oracles import metrics
from repro.evaluation import accuracy

SCORES = np.array([[0.7, 0.2, 0.1], [0.4, 0.4, 0.2], [0.1, 0.6, 0.3], [0.2, 0.3, 0.5]])


def test_the_lower_index_wins_a_tie() -> None:
    assert accuracy.top1(SCORES).tolist() == [0, 0, 1, 2]


def test_accuracy_by_eye() -> None:
    labels = np.array([0, 1, 1, 0])  # right, lost the tie, right, wrong
    assert accuracy.accuracy(labels, accuracy.top1(SCORES)) == 0.5


@pytest.mark.parametrize(("k", "expected"), [(1, 0.5), (2, 0.75), (3, 1.0)])
def test_top_k_by_eye(k: int, expected: float) -> None:
    assert accuracy.top_k(np.array([0, 1, 1, 0]), SCORES, k) == expected


def test_confusion_matrix_has_the_true_class_in_the_row() -> None:
    matrix = accuracy.confusion_matrix(np.array([0, 0, 1, 2]), np.array([0, 2, 1, 1]), 3)
    assert matrix.tolist() == [[1, 0, 1], [0, 1, 0], [0, 1, 0]]


def test_accuracy_of_each_class() -> None:
    values = accuracy.per_class(np.array([[3, 1, 0], [0, 0, 2], [0, 0, 0]]))
    assert values[:2].tolist() == [0.75, 0.0]
    assert np.isnan(values[2])  # a class without videos has no accuracy


small_scores = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(1, 5)),
    elements=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
)


@given(small_scores, st.data())
def test_agrees_with_plain_loops_ties_included(scores: np.ndarray, data: st.DataObject) -> None:
    videos, classes = scores.shape
    labels = data.draw(hnp.arrays(np.int64, videos, elements=st.integers(0, classes - 1)))
    said = accuracy.top1(scores)
    assert said.tolist() == [metrics.argmax(row) for row in scores.tolist()]
    for k in range(1, classes + 1):
        assert accuracy.top_k(labels, scores, k) == metrics.top_k(labels.tolist(), scores.tolist(), k)
    assert accuracy.top_k(labels, scores, 1) == accuracy.accuracy(labels, said)
    matrix = accuracy.confusion_matrix(labels, said, classes)
    assert matrix.tolist() == metrics.confusion(labels.tolist(), said.tolist(), classes)
    assert np.trace(matrix) / videos == pytest.approx(accuracy.accuracy(labels, said), abs=1e-15)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_score_that_is_not_finite_is_refused(bad: float) -> None:
    scores = SCORES.copy()
    scores[2, 0] = bad
    with pytest.raises(ValueError, match="NaN or infinite"):
        accuracy.top1(scores)


def test_misfits_are_refused() -> None:
    with pytest.raises(ValueError, match="wanted the same"):
        accuracy.accuracy(np.array([0, 1]), np.array([0]))
    with pytest.raises(ValueError, match="wanted the same"):
        accuracy.accuracy(np.array([], int), np.array([], int))
    with pytest.raises(ValueError, match=r"wanted \[V, K\]"):
        accuracy.top1(np.array([0.1, 0.9]))
    with pytest.raises(ValueError, match=r"wanted 1\.\.3"):
        accuracy.top_k(np.array([0, 1, 1, 0]), SCORES, 4)
    with pytest.raises(ValueError, match=r"label.*0 to 2"):
        accuracy.confusion_matrix(np.array([3]), np.array([0]), 3)
    with pytest.raises(ValueError, match=r"label.*0 to 2"):
        accuracy.top_k(np.array([0, 1, -1, 0]), SCORES, 1)
    with pytest.raises(ValueError, match="prediction"):
        accuracy.confusion_matrix(np.array([0]), np.array([-1]), 3)
    with pytest.raises(ValueError, match=r"wanted \[K, K\]"):
        accuracy.per_class(np.zeros((2, 3), int))

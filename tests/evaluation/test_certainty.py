"""Temperature, threshold and coverage: by hand, by trying all, and on data that mean what they say."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracles import certainty as oracle
from repro.evaluation.certainty import (
    Certainty,
    best_temperature,
    fitted,
    lowest_threshold,
    outcome,
    tempered,
)

LABELS = np.array([0, 0, 1, 1])
SCORES = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.4, 0.6]])  # right, right, wrong, right


def test_a_temperature_by_hand() -> None:
    assert tempered(np.array([0.8, 0.2]), 0.5) == pytest.approx([16 / 17, 1 / 17])  # 0.64 to 0.04
    assert tempered(np.array([[0.8, 0.2]]), 2.0) == pytest.approx(np.array([[2 / 3, 1 / 3]]))  # roots: 2 to 1
    assert tempered(np.array([1.0, 0.0]), 20.0).sum() == pytest.approx(1)


def test_a_threshold_by_hand() -> None:
    assert lowest_threshold(LABELS, SCORES, 0.9) == (0.8, 0.5)
    assert lowest_threshold(LABELS, SCORES, 0.75) == (0.6, 1.0)  # three of four
    assert lowest_threshold(1 - LABELS, SCORES, 0.9) == (None, 0.0)
    equal = np.full((2, 2), [0.7, 0.3])  # one right, one wrong: no line between them
    assert lowest_threshold(np.array([0, 1]), equal, 0.9) == (None, 0.0)


def test_ten_with_nine_right_are_precise_enough() -> None:
    """0.9 * 10 in floats is 9, but 0.9 * 30 + rounding must not decide either."""
    for tens in (1, 3, 7):
        labels = np.tile([0] * 9 + [1], tens)
        assert lowest_threshold(labels, np.tile([0.6, 0.4], (10 * tens, 1)), 0.9) == (0.6, 1.0)


@st.composite
def videos(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, classes = draw(st.integers(1, 12)), draw(st.integers(2, 4))
    scores = rng.integers(1, 9, (count, classes)).astype(float)
    return rng.integers(0, classes, count), scores / scores.sum(axis=1, keepdims=True)


@given(videos(), st.sampled_from([0.5, 0.75, 0.9, 1.0]))
def test_agrees_with_trying_all(given_videos: tuple[np.ndarray, np.ndarray], precision: float) -> None:
    labels, scores = given_videos
    plain = labels.tolist(), scores.tolist()
    threshold, coverage = lowest_threshold(labels, scores, precision)
    assert (threshold, coverage) == pytest.approx(oracle.lowest_threshold(*plain, precision))
    own = best_temperature(labels, scores)
    assert tempered(scores, own) == pytest.approx(np.array([oracle.tempered(row, own) for row in plain[1]]))
    best = oracle.best_temperature(*plain, steps=40)
    assert oracle.loss(*plain, own) <= oracle.loss(*plain, best) + 1e-9


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_it_recovers_the_temperature_that_the_labels_were_drawn_with(temperature: float) -> None:
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.ones(5), 40_000)
    true = tempered(probabilities, temperature)
    labels = (true.cumsum(axis=1) > rng.random((len(true), 1))).argmax(axis=1)
    assert best_temperature(labels, probabilities) == pytest.approx(temperature, rel=0.05)


def test_one_for_all_parts_and_what_it_does() -> None:
    found = fitted(LABELS, {"20%": SCORES, "100%": SCORES}, 0.75)
    assert (found.videos, found.parts, found.coverage) == (4, ("20%", "100%"), 1.0)
    assert found.sure(SCORES).all()
    assert outcome(found, LABELS, SCORES) == {"coverage": 1.0, "precision": 0.75}
    strict = fitted(LABELS, {"100%": SCORES}, 0.9)
    assert strict.sure(SCORES).tolist() == [True, True, False, False]
    assert outcome(strict, LABELS, SCORES) == {"coverage": 0.5, "precision": 1.0}
    never = fitted(1 - LABELS, {"100%": SCORES}, 0.9)
    assert (never.threshold, never.sure(SCORES).any()) == (None, False)
    assert outcome(never, LABELS, SCORES) == {"coverage": 0.0, "precision": None}


def test_it_survives_a_file_and_refuses_another_form() -> None:
    found = fitted(LABELS, {"100%": SCORES}, 0.9)
    content = json.loads(json.dumps(found.facts()))
    assert Certainty.of(content) == found
    for wrong in ({"temperature": 0.0}, {"threshold": 1.5}, {"more": 1}):
        with pytest.raises((TypeError, ValueError)):
            Certainty.of({**content, **wrong})

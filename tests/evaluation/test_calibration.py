"""Calibration: bins by eye, plain loops, and data that mean what they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracles import metrics_of_probabilities as oracle
from repro.evaluation.calibration import expected_calibration_error, reliability

LABELS = np.array([0, 0, 0, 1, 1])
SCORES = np.array([[0.9, 0.1], [0.95, 0.05], [0.2, 0.8], [0.4, 0.6], [0.45, 0.55]])
# confidence 0.9 right, 0.95 right, 0.8 wrong, 0.6 right, 0.55 right


def test_bins_by_eye() -> None:
    by_bin = reliability(LABELS, SCORES, bins=5)
    assert by_bin.count.tolist() == [0, 0, 2, 1, 2]  # 0.6 and 0.8 end their bins
    assert by_bin.confidence[2:] == pytest.approx([0.575, 0.8, 0.925], abs=1e-15)
    assert by_bin.accuracy[2:].tolist() == [1, 0, 1]
    assert np.isnan(by_bin.confidence[:2]).all()
    assert np.isnan(by_bin.accuracy[:2]).all()


def test_error_by_hand() -> None:
    found = expected_calibration_error(LABELS, SCORES, bins=5)
    assert found == pytest.approx((2 * 0.425 + 0.8 + 2 * 0.075) / 5, abs=1e-15)
    one_bin = expected_calibration_error(LABELS, SCORES, bins=1)
    assert one_bin == pytest.approx(0.8 - (0.9 + 0.95 + 0.8 + 0.6 + 0.55) / 5, abs=1e-15)


@pytest.mark.parametrize("tenth", range(5, 11))
def test_a_confidence_at_an_edge_ends_its_bin(tenth: int) -> None:
    # 0.7 * 10 is 7.000000000000001 in floats
    scores = np.array([[tenth / 10, 1 - tenth / 10]])
    assert reliability(np.array([0]), scores, bins=10).count.tolist().index(1) == tenth - 1


def test_sure_and_wrong_is_an_error_of_one() -> None:
    scores = np.eye(3)
    assert expected_calibration_error(np.array([0, 1, 2]), scores) == 0.0
    assert expected_calibration_error(np.array([1, 2, 0]), scores) == 1.0


@st.composite
def probabilities(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    videos, classes = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    parts = rng.multinomial(16, np.full(classes, 1 / classes), size=videos)
    return rng.integers(0, classes, videos), parts / 16


@given(probabilities(), st.integers(1, 20), st.randoms(use_true_random=False))
def test_agrees_with_plain_loops_in_any_order(
    videos: tuple[np.ndarray, np.ndarray], bins: int, random: object
) -> None:
    labels, scores = videos
    expected = oracle.calibration_error(labels.tolist(), scores.tolist(), bins)
    assert expected_calibration_error(labels, scores, bins) == pytest.approx(expected, abs=1e-14)
    members = oracle.bins_of(scores.max(axis=1).tolist(), bins)
    assert reliability(labels, scores, bins).count.tolist() == [len(each) for each in members]
    order = list(range(len(labels)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert expected_calibration_error(labels[order], scores[order], bins) == pytest.approx(
        expected, abs=1e-14
    )


@given(st.lists(st.tuples(st.integers(5, 10), st.integers(1, 5)), min_size=1, max_size=4))
def test_probabilities_that_come_true_have_no_error(groups: list[tuple[int, int]]) -> None:
    """Of 10 * n videos with confidence c / 10, exactly c * n are right."""
    labels, confidences = [], []
    for c, n in groups:
        labels += [0] * (c * n) + [1] * ((10 - c) * n)
        confidences += [c / 10] * (10 * n)
    scores = np.stack([confidences, 1 - np.array(confidences)], axis=1)
    assert expected_calibration_error(np.array(labels), scores) == pytest.approx(0.0, abs=1e-12)


def test_calibrated_draws_approach_no_error() -> None:
    rng = np.random.default_rng(2)
    confidence = rng.uniform(0.5, 1, 200_000)
    labels = (rng.random(200_000) > confidence).astype(int)
    scores = np.stack([confidence, 1 - confidence], axis=1)
    assert expected_calibration_error(labels, scores) < 0.005
    assert expected_calibration_error(labels, scores**2 / (scores**2).sum(axis=1, keepdims=True)) > 0.05


def test_float16_probabilities_are_accepted() -> None:
    scores = np.full((4, 101), 1 / 101, np.float16)  # they sum to 1.0002
    assert expected_calibration_error(np.zeros(4, int), scores) == pytest.approx(1 - 1 / 101, abs=1e-3)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([[2.0, 1.0]], "sum to 3 to 3"),  # logits
        ([[1.2, -0.2]], "from -0.2 up"),
        ([[0.0, 0.0]], "sum to 0 to 0"),  # padding
        ([[0.5, np.nan]], "NaN"),
    ],
)
def test_what_is_no_probability_is_refused(scores: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reliability(np.array([0]), np.array(scores))


def test_misfits_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        reliability(LABELS, SCORES, bins=0)
    with pytest.raises(ValueError, match="wanted the same"):
        reliability(LABELS[:2], SCORES)
    with pytest.raises(ValueError, match="wanted 0 to 1"):
        reliability(LABELS + 1, SCORES)

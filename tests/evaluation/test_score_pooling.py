"""Means over frames: the worked averages of paper1.md 10.5."""

import numpy as np
import pytest

from repro.evaluation.pooling import cumulative_mean

SAMPLES = np.array(
    [
        [[0.50, 0.30, 0.20], [0.60, 0.30, 0.10], [0.55, 0.25, 0.20], [0.80, 0.15, 0.05]],
        [[0.20, 0.70, 0.10], [0.40, 0.35, 0.25], [0.30, 0.30, 0.40], [0.10, 0.55, 0.35]],
    ]
)


def test_worked_cumulative_means() -> None:
    expected = [
        [[0.5, 0.3, 0.2], [0.55, 0.3, 0.15], [0.55, 0.28333333, 0.16666667], [0.6125, 0.25, 0.1375]],
        [[0.2, 0.7, 0.1], [0.3, 0.525, 0.175], [0.3, 0.45, 0.25], [0.25, 0.475, 0.275]],
    ]
    np.testing.assert_allclose(cumulative_mean(SAMPLES), expected, rtol=0, atol=5e-9)


def test_float32_scores_are_summed_in_float64() -> None:
    scores = np.full((1, 50, 2), 0.1, np.float32)
    assert np.ptp(cumulative_mean(scores)) < 1e-15


def test_misfits_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\[V, T, K\]"):
        cumulative_mean(np.zeros((3, 2)))

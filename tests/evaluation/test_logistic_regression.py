"""Logistic regression: the minimum it is to be, by its own conditions, and the choice of its penalty."""

import numpy as np
import pytest
from numpy.typing import NDArray

from oracles.logistic_regression import gradient
from repro.evaluation import logistic_regression as regression
from repro.evaluation.logistic_regression import Samples

CLASSES, WIDTH = 3, 5


def drawn(seed: int, count: int = 60, signal: float = 1.5) -> Samples:
    """Three clouds in five dimensions of unlike scale; the last dimension has no spread."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, signal, (CLASSES, WIDTH))
    labels = rng.integers(0, CLASSES, count)
    features = (centres[labels] + rng.normal(0, 1, (count, WIDTH))) * [1, 10, 0.1, 1, 0] + 7
    return Samples(features, labels, rng.uniform(0.5, 2, count))


@pytest.mark.parametrize("decay", [0.01, 1.0])
def test_at_the_fit_the_gradient_is_0(decay: float) -> None:
    samples = drawn(0)
    fitted = regression.fit(samples, CLASSES, decay)
    assert np.abs(fitted.kernel[:-1]).max() > 0.01
    for slope in gradient(*samples, *fitted, decay):
        assert np.abs(slope).max() < 2 * regression.GRADIENT


def test_it_does_not_depend_on_the_start() -> None:
    samples = drawn(0)
    cold = regression.fit(samples, CLASSES, 0.1)
    warm = regression.fit(samples, CLASSES, 0.1, regression.fit(drawn(1), CLASSES, 10.0))
    # Strong convexity: ||W - W'|| <= ||gradient|| / decay, of two answers.
    length = np.sqrt(cold.kernel.size) * regression.GRADIENT / 0.1
    assert np.linalg.norm(cold.kernel - warm.kernel) < 2 * length


def test_weights_count_as_copies() -> None:
    samples = drawn(2, 20)
    twice = Samples(*(np.concatenate([array, array[:5]]) for array in samples[:2]), np.ones(25))
    heavy = samples._replace(weights=np.r_[np.full(5, 2.0), np.ones(15)])
    one, other = (regression.fit(each, CLASSES, 0.1) for each in (twice, heavy))
    x = drawn(3).features
    # Each fit is within 4e-4 of the answer (as above), standardised features are below 6; twice, two fits.
    np.testing.assert_allclose(one.log_probabilities(x), other.log_probabilities(x), atol=1e-2)


def test_probabilities_keep_leading_axes_and_have_sum_1() -> None:
    fitted = regression.fit(drawn(0), CLASSES, 0.1)
    x = drawn(1).features.reshape(6, 10, WIDTH)
    log_p = fitted.log_probabilities(x)
    assert log_p.shape == (6, 10, CLASSES)
    np.testing.assert_allclose(np.exp(log_p).sum(axis=-1), 1)
    np.testing.assert_allclose(log_p[2, 3], fitted.log_probabilities(x[2, 3]), rtol=1e-12)


def labelled_at_random(samples: Samples, seed: int) -> Samples:
    return samples._replace(labels=np.random.default_rng(seed).permutation(samples.labels))


def test_the_penalty_is_chosen_by_the_held_out_samples() -> None:
    """Where labels mean nothing the strongest is best; where they do, a weaker one."""
    samples, held_out = drawn(4), drawn(5, 200)
    for train, other, strongest in (
        (samples, held_out, False),
        (labelled_at_random(samples, 0), labelled_at_random(held_out, 1), True),
    ):
        fitted, losses = regression.choose(train, other, CLASSES)
        best = min(losses, key=lambda decay: losses[decay])
        assert fitted.loss(other) == losses[best]
        assert (best >= 1) == strongest
        assert losses.keys() <= set(regression.DECAYS)


def test_features_that_are_no_numbers_are_refused() -> None:
    broken: NDArray[np.float64] = drawn(0).features
    broken[0, 0] = np.nan
    with pytest.raises(ValueError, match="wanted finite features"):
        regression.choose(drawn(0)._replace(features=broken), drawn(1), CLASSES)

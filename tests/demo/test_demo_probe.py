"""The probe: the minimum it claims, by a gradient in plain NumPy; what it can and cannot tell."""

import numpy as np
import pytest

from repro.demo.probe import accuracy, fitted


def _sample(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Three classes around three corners in four columns, of which the last says nothing."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=n)
    x = np.concatenate([np.eye(3)[labels], np.zeros((n, 1))], axis=1) + rng.normal(0, 0.5, (n, 4))
    return x, labels


@pytest.mark.parametrize("penalty", [1e-3, 1e-1])
def test_the_fit_is_where_the_gradient_vanishes(penalty: float) -> None:
    x, labels = _sample(60, 0)
    probe = fitted(x, labels, 3, penalty)
    z = (x - x.mean(axis=0)) / (x.std(axis=0) * 2)  # the root of four columns
    powers = np.exp(z @ probe.kernel + probe.bias)
    error = powers / powers.sum(axis=1, keepdims=True) - np.eye(3)[labels]
    # L-BFGS stops at a gradient of 1e-5 or where the value falls by less than 2e-9 of itself.
    np.testing.assert_allclose(z.T @ error / 60 + 2 * penalty * probe.kernel, 0, atol=1e-4)
    np.testing.assert_allclose(error.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(probe.scores(x), z @ probe.kernel + probe.bias, atol=1e-12)


def test_it_reads_the_class_and_nothing_from_noise() -> None:
    x, labels = _sample(600, 1)
    groups = np.arange(600) % 20
    tested = groups < 6
    assert accuracy(x, labels, groups, tested) > 0.75  # corners 1.4 apart at a deviation of 0.5
    noise = np.random.default_rng(2).normal(size=(600, 4))
    assert accuracy(noise, labels, groups, tested) < 1 / 3 + 0.11  # three deviations of 180 draws


def test_labels_of_the_tested_rows_change_no_prediction() -> None:
    """Every tested label one further: what was right is wrong, and a third or less can become right."""
    x, labels = _sample(600, 3)
    groups = np.arange(600) % 20
    tested = groups < 6
    moved = np.where(tested, (labels + 1) % 3, labels)
    assert accuracy(x, moved, groups, tested) <= 1 - accuracy(x, labels, groups, tested) + 1e-9


def test_a_column_that_never_changes_is_no_fault() -> None:
    x, labels = _sample(60, 4)
    x[:, 3] = 7.0
    assert np.isfinite(fitted(x, labels, 3, 1e-3).kernel).all()

"""The probe: what it can and cannot tell."""

import numpy as np

from repro.demo.probe import accuracy


def _sample(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Three classes around three corners in four columns, of which the last says nothing."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=n)
    x = np.concatenate([np.eye(3)[labels], np.zeros((n, 1))], axis=1) + rng.normal(0, 0.5, (n, 4))
    return x, labels


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

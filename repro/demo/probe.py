"""How much of the class a description of a clip gives away, without training a network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.logistic_regression import Samples, choose, fit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HELD_OUT = 6  # every sixth training group chooses the penalty


def accuracy(x: Floats, labels: Ints, groups: Ints, tested: NDArray[np.bool_]) -> float:
    """The share of the tested rows of x [n, D] that logistic regression on the others classifies right: 0..1.

    The penalty is the one with the least loss on every `HELD_OUT`th training group, when the others are
    fitted; then all training rows are fitted.
    """
    classes = int(labels.max()) + 1
    held = np.isin(groups, np.unique(groups[~tested])[::HELD_OUT]) & ~tested
    first, losses = choose(samples(x, labels, ~tested & ~held), samples(x, labels, held), classes)
    decay = min(losses, key=lambda one: losses[one])
    fitted = fit(samples(x, labels, ~tested), classes, decay, first)
    return float((fitted.log_probabilities(x[tested]).argmax(axis=1) == labels[tested]).mean())


def samples(x: Floats, labels: Ints, chosen: NDArray[np.bool_]) -> Samples:
    """The chosen rows of x [n, D]; all count the same."""
    return Samples(x[chosen], labels[chosen], np.ones(int(chosen.sum())))

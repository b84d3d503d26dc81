"""A logistic classifier: how much of the class a description of a clip tells, without training a network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1)  # the best on held-out groups counts
HELD_OUT = 6  # every sixth training group chooses the penalty
STEPS = 200
_STILL = 1e-6  # a column of less deviation says nothing


class Probe(NamedTuple):
    """mean, scale: [D]. kernel: [D, K]. bias: [K]."""

    mean: Floats
    scale: Floats
    kernel: Floats
    bias: Floats

    def scores(self, x: Floats) -> Floats:
        """Logits [..., K] of descriptions [..., D]."""
        return np.asarray((x - self.mean) / self.scale @ self.kernel + self.bias)


def fitted(x: Floats, labels: Ints, classes: int, penalty: float) -> Probe:
    """Multinomial logistic regression on descriptions x [n, D] of labels [n], 0..K-1.

    Least mean of -log p(label | x) + penalty * |kernel|^2, with columns brought to mean 0 and deviation
    1 / sqrt(D); biases are free.
    """
    mean, scale = x.mean(axis=0), np.maximum(x.std(axis=0), _STILL) * np.sqrt(x.shape[1])
    z, one_hot = (x - mean) / scale, np.eye(classes)[labels]

    def loss(flat: Floats) -> tuple[float, Floats]:
        kernel, bias = np.split(flat.reshape(-1, classes), [-1])
        logs = log_softmax(z @ kernel + bias, axis=1)
        error = (np.exp(logs) - one_hot) / len(x)
        slopes = np.concatenate([z.T @ error + 2 * penalty * kernel, error.sum(axis=0, keepdims=True)])
        return float(-(logs * one_hot).sum() / len(x) + penalty * (kernel**2).sum()), slopes.ravel()

    start = np.zeros((x.shape[1] + 1) * classes)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    kernel, bias = np.split(best.x.reshape(-1, classes), [-1])
    return Probe(mean, scale, kernel, bias[0])


def accuracy(x: Floats, labels: Ints, groups: Ints, tested: NDArray[np.bool_]) -> float:
    """The share of the tested rows of x [n, D] that a probe of the other rows gives their label: 0..1.

    The penalty is the one of `PENALTIES` that is best on every `HELD_OUT`th training group, when the others
    are fitted; then all training rows are fitted.
    """
    classes = int(labels.max()) + 1
    held = np.isin(groups, np.unique(groups[~tested])[::HELD_OUT]) & ~tested
    rest = ~tested & ~held

    def right(rows: NDArray[np.bool_], of: NDArray[np.bool_], penalty: float) -> float:
        chosen = fitted(x[rows], labels[rows], classes, penalty).scores(x[of]).argmax(axis=1)
        return float((chosen == labels[of]).mean())

    best = max(PENALTIES, key=lambda penalty: right(rest, held, penalty))
    return right(~tested, tested, best)

"""Multinomial logistic regression on one vector of features a sample, its penalty chosen on other samples.

What a frozen network knows without any model of time. It stands beside the figures of a small backbone: what
a paper's model has over it is the model's merit, the rest is the backbone's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import log_softmax

DECAYS = tuple(10.0 ** (power / 2) for power in range(2, -9, -1))  # lambda: 10 to 1e-4, two a decade
PATIENCE = 3
ITERATIONS, GRADIENT = 300, 1e-5  # L-BFGS ends at either
_TINY = 1e-6  # a feature of no spread stays 0

Array = NDArray[np.float64]


class Samples(NamedTuple):
    """features: float [N, D]. labels: int [N], 0..K-1. weights: float [N], how much each counts, above 0."""

    features: NDArray[np.floating]
    labels: NDArray[np.int64]
    weights: NDArray[np.floating]

    @property
    def shares(self) -> Array:
        """The weights, with sum 1."""
        return self.weights / np.sum(self.weights, dtype=np.float64)


class LogisticRegression(NamedTuple):
    """p = softmax(W^T (x - mean) / deviation + b). mean, deviation: [D]. kernel: W [D, K]. bias: [K]."""

    mean: Array
    deviation: Array
    kernel: Array
    bias: Array

    def log_probabilities(self, features: NDArray[np.floating]) -> Array:
        """Of x, float [..., D]: float64 [..., K]."""
        standardised = (features - self.mean) / self.deviation
        return log_softmax(standardised @ self.kernel + self.bias, axis=-1)

    def loss(self, samples: Samples) -> float:
        """Mean of -log p_i(y_i), by the weights of the samples."""
        log_p = self.log_probabilities(samples.features)
        return float(-samples.shares @ log_p[np.arange(len(log_p)), samples.labels])


def fit(
    samples: Samples, classes: int, decay: float, start: LogisticRegression | None = None
) -> LogisticRegression:
    """The minimum over W and b of

        sum_i w_i -log p_i(y_i) / sum_i w_i + (decay / 2) ||W||^2

    on features standardised by the weighted mean and deviation of the samples; b has no penalty. Convex: the
    answer does not depend on `start`, only the time does.
    """
    shares = samples.shares
    mean = shares @ samples.features
    deviation = np.sqrt(shares @ (samples.features - mean) ** 2)
    deviation = np.where(deviation > _TINY, deviation, 1.0)
    # Both products are bound by memory: single precision halves their time, far below GRADIENT.
    x = ((samples.features - mean) / deviation).astype(np.float32)
    wanted = shares[:, None] * (samples.labels[:, None] == np.arange(classes))  # [N, K]
    width = x.shape[1]

    def objective(flat: Array) -> tuple[float, Array]:
        kernel, bias = _split(flat, width)
        log_p = log_softmax(x @ kernel.astype(np.float32) + bias, axis=1)
        error = shares[:, None] * np.exp(log_p) - wanted  # of the loss by the logits
        value = -np.sum(wanted * log_p) + decay / 2 * np.sum(kernel**2)
        by_kernel = x.T @ error.astype(np.float32) + decay * kernel
        return float(value), np.concatenate([by_kernel, error.sum(axis=0)[None]]).ravel()

    first = np.zeros((width + 1, classes))
    if start is not None:
        first = np.concatenate([start.kernel, start.bias[None]])
    options = {"maxiter": ITERATIONS, "gtol": GRADIENT}
    best = optimize.minimize(objective, first.ravel(), jac=True, method="L-BFGS-B", options=options)
    return LogisticRegression(mean, deviation, *_split(best.x, width))


def _split(flat: Array, width: int) -> tuple[Array, Array]:
    """W [D, K] and b [K] out of one vector."""
    both = flat.reshape(width + 1, -1)
    return both[:-1], both[-1]


def choose(
    samples: Samples, held_out: Samples, classes: int
) -> tuple[LogisticRegression, dict[float, float]]:
    """The fit of that one of `DECAYS` with the least loss on `held_out`, and this loss by decay.

    The strongest comes first and each fit starts from the one before. Of equal ones the stronger; `PATIENCE`
    in a row that are no better end the search, as weaker ones fit the samples ever more closely.
    """
    losses: dict[float, float] = {}
    fitted, best = None, (np.inf, 0.0)
    chosen: LogisticRegression | None = None
    for decay in DECAYS:
        fitted = fit(samples, classes, decay, fitted)
        losses[decay] = fitted.loss(held_out)
        if losses[decay] < best[0]:
            best, chosen = (losses[decay], decay), fitted
        if len([other for other in losses if other < best[1]]) == PATIENCE:
            break
    if chosen is None:
        raise ValueError(f"no loss of {losses} is a number; wanted finite features")
    return chosen, losses

"""When a prediction is sure enough to be given: a temperature and a threshold, both of held-out videos.

    q_k = p_k^(1/tau) / sum_j p_j^(1/tau)

Guo et al. 2017 (arXiv 1706.04599, Eq. 9) divide logits by tau; here p is what decides, the mean of several
softmaxes, whose logarithm stands for the logit. The order of the classes stays. None of the papers has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.accuracy import check_scores, top1

UNCERTAIN = "uncertain"  # in place of a class that is not sure enough
_TINY = 1e-12  # a probability of 0 has no logarithm
_SHARPEST, _FLATTEST = 0.05, 20.0  # temperatures between which the best is sought
_ROUNDING = 1e-9  # 0.9 of 10 may be a little more than 9
_HALVINGS = 60  # of that range: then the two ends are neighbouring floats


@dataclass(frozen=True)
class Certainty:
    """temperature: tau. threshold: the lowest confidence max_k q_k that is sure; None if nothing is.

    precision: what was asked for, 0..1: the share of right ones among the sure. coverage: the share of the
    held-out predictions that are sure. videos: held out. parts: of each of them, one prediction a part.
    """

    temperature: float
    threshold: float | None
    precision: float
    coverage: float
    videos: int
    parts: tuple[str, ...]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Certainty:
        """From its `facts`; TypeError, KeyError or ValueError for anything else."""
        made = cls(**{**content, "parts": tuple(content["parts"])})
        if not made.temperature > 0 or not (made.threshold is None or 0 <= made.threshold <= 1):
            raise ValueError(f"temperature {made.temperature}, threshold {made.threshold}")
        return made

    def facts(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "parts": list(self.parts)}

    def tempered(self, probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
        """q for p: float [..., K] -> float64 [..., K]."""
        return tempered(probabilities, self.temperature)

    def sure(self, probabilities: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Whether the class of the highest p is sure enough: float [..., K] -> bool [...]."""
        confidence = self.tempered(probabilities).max(axis=-1)
        if self.threshold is None:
            return np.zeros(confidence.shape, bool)
        return np.asarray(confidence >= self.threshold)


def tempered(probabilities: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """q for p: float [..., K] -> float64 [..., K]; ValueError for a temperature that is not above 0."""
    if not temperature > 0:
        raise ValueError(f"temperature {temperature}; wanted more than 0")
    logits = _logarithm(probabilities) / temperature
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def best_temperature(labels: NDArray[np.integer], probabilities: NDArray[np.floating]) -> float:
    """The tau of the least mean of -log q_label: int [V], float [V, K].

    With b = 1 / tau the mean's slope is E_q[log p] - log p_label, which grows with b, so halving the range
    0.05 to 20 gets to where it is 0; where it is nowhere 0, to the end of the range. Raises ValueError for
    arrays that do not fit.
    """
    check_scores(labels, probabilities)
    logs = _logarithm(probabilities)
    of_label = logs[np.arange(len(labels)), labels]

    def slope(b: float) -> float:
        expected = (tempered(probabilities, 1 / b) * logs).sum(axis=1)
        return float((expected - of_label).mean())

    low, high = 1 / _FLATTEST, 1 / _SHARPEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return 2 / (low + high)


def lowest_threshold(
    labels: NDArray[np.integer], probabilities: NDArray[np.floating], precision: float
) -> tuple[float | None, float]:
    """The lowest confidence from which on `precision` of the predictions or more are right, and its coverage.

    labels: int [V]. probabilities: float [V, K]. precision: 0..1. Coverage is the share of the predictions
    at or above the threshold, 0..1. (None, 0.0) where no confidence is precise enough. Raises ValueError
    for arrays that do not fit.
    """
    check_scores(labels, probabilities)
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    right = np.cumsum((top1(probabilities) == labels)[order])
    count = np.arange(1, len(ranked) + 1)
    last_of_equals = np.append(ranked[1:] < ranked[:-1], True)  # equal confidences are sure together
    enough = np.flatnonzero((right >= precision * count - _ROUNDING) & last_of_equals)
    if not enough.size:
        return None, 0.0
    return float(ranked[enough[-1]]), float(count[enough[-1]] / len(ranked))


def fitted(
    labels: NDArray[np.integer], by_part: Mapping[str, NDArray[np.floating]], precision: float
) -> Certainty:
    """One temperature and one threshold for all parts: int [V], part -> float [V, K].

    Each video counts once a part. Raises ValueError for arrays that do not fit.
    """
    every_label = np.tile(labels, len(by_part))
    together = np.concatenate(list(by_part.values()))
    temperature = best_temperature(every_label, together)
    threshold, coverage = lowest_threshold(every_label, tempered(together, temperature), precision)
    return Certainty(temperature, threshold, precision, coverage, len(labels), tuple(by_part))


def outcome(
    certainty: Certainty, labels: NDArray[np.integer], probabilities: NDArray[np.floating]
) -> dict[str, float | None]:
    """What it does to some videos: "coverage" and "precision" of the sure ones, 0..1, or None without any.

    labels: int [V]. probabilities: float [V, K].
    """
    sure = certainty.sure(probabilities)
    right = top1(probabilities) == labels
    return {"coverage": float(sure.mean()), "precision": float(right[sure].mean()) if sure.any() else None}


def _logarithm(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(np.log(np.maximum(np.asarray(probabilities, np.float64), _TINY)))

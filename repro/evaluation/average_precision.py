"""How well a class's scores rank its videos before the others. Results are fractions, 0..1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.accuracy import check_scores


def average_precision(positive: NDArray[np.bool_], scores: NDArray[np.floating]) -> float:
    """The area under the stepwise precision-recall curve: bool [V], float [V] -> 0..1.

    sum over the distinct scores s, from the highest: (recall_s - recall before) * precision_s. Videos of
    equal score enter together, so their order means nothing. Raises ValueError without a positive video.
    """
    if positive.ndim != 1 or positive.shape != scores.shape or not positive.any():
        raise ValueError(f"positive {positive.shape}, scores {scores.shape}; wanted equal [V], one positive")
    if not np.isfinite(scores).all():
        raise ValueError("a score is NaN or infinite; wanted finite scores")
    order = np.argsort(-scores, kind="stable")
    ranked, hit = scores[order], positive[order]
    last_of_its_score = np.append(ranked[1:] != ranked[:-1], True)
    found = np.cumsum(hit)[last_of_its_score]
    shown = np.flatnonzero(last_of_its_score) + 1
    gained = np.diff(found, prepend=0)
    return float(np.sum(gained * found / shown) / hit.sum())


def mean_average_precision(labels: NDArray[np.integer], scores: NDArray[np.floating]) -> float:
    """The mean of `average_precision` over the classes that have videos: int [V], float [V, K] -> 0..1.

    Raises ValueError for arrays that do not fit, no videos, and scores that are not finite.
    """
    check_scores(labels, scores)
    present = np.unique(labels)
    return float(np.mean([average_precision(labels == k, scores[:, k]) for k in present]))

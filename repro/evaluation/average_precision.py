"""How well a class's scores rank its videos before the others. Results are fractions, 0..1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.accuracy import check_scores


def average_precision(
    positive: NDArray[np.bool_],
    scores: NDArray[np.floating],
    *,
    positives: int | None = None,
    interpolated: bool = False,
) -> float:
    """The area under the stepwise precision-recall curve: bool [V], float [V] -> 0..1.

    sum over the distinct scores s, from the highest: (recall_s - recall before) * precision_s. Entries of
    equal score enter together, so their order means nothing. positives: how many there are to retrieve, if
    that is more than are ranked. interpolated: each precision is replaced by the highest at equal or larger
    recall (ActivityNet's own evaluation since April 2016). Raises ValueError without a positive, for fewer
    `positives` than are ranked and for a score that is not finite.
    """
    if positives is None:
        positives = int(positive.sum())
    if positive.ndim != 1 or positive.shape != scores.shape or positives < max(1, int(positive.sum())):
        raise ValueError(
            f"positive {positive.shape}, scores {scores.shape}, {positives} to find; wanted equal [V], one "
            "positive, no more of them than `positives`"
        )
    if not np.isfinite(scores).all():
        raise ValueError("a score is NaN or infinite; wanted finite scores")
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last_of_its_score = np.append(ranked[1:] != ranked[:-1], True)
    hits = np.cumsum(positive[order])[last_of_its_score]
    precision = hits / (np.flatnonzero(last_of_its_score) + 1)
    if interpolated:
        precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(hits, prepend=0) * precision) / positives)


def mean_average_precision(labels: NDArray[np.integer], scores: NDArray[np.floating]) -> float:
    """The mean of `average_precision` over the classes that have videos: int [V], float [V, K] -> 0..1.

    Raises ValueError for arrays that do not fit, no videos, and scores that are not finite.
    """
    check_scores(labels, scores)
    return mean_over_classes(labels[:, None] == np.arange(scores.shape[1]), scores)


def mean_over_classes(
    positive: NDArray[np.bool_], scores: NDArray[np.floating], *, interpolated: bool = False
) -> float:
    """The mean of `average_precision` over the classes with a positive video: bool, float [V, K] -> 0..1.

    A video may be positive for several classes. Raises ValueError as `average_precision`.
    """
    if positive.ndim != 2 or positive.shape != scores.shape or not positive.any():
        raise ValueError(
            f"positive {positive.shape}, scores {scores.shape}; wanted equal [V, K], one positive"
        )
    return float(
        np.mean(
            [
                average_precision(positive[:, k], scores[:, k], interpolated=interpolated)
                for k in np.flatnonzero(positive.any(axis=0))
            ]
        )
    )


def clip_shares(positive: NDArray[np.bool_], scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """What each video adds to `mean_over_classes`: bool, float [V, K] -> float64 [V], whose mean that is.

    Jackknife pseudo-values, V m - (V - 1) m without the video, moved to have the mean m (Tukey 1958): so far
    as a mean over videos, average precision has an error of clips too. The only positive video of a class
    counts for it as if its place had no meaning. Raises ValueError as `average_precision`.
    """
    videos, classes = len(positive), np.flatnonzero(positive.any(axis=0))
    whole = mean_over_classes(positive, scores)
    without = np.mean([_without(positive[:, k], scores[:, k]) for k in classes], axis=0)
    shares: NDArray[np.float64] = videos * whole - (videos - 1) * without
    return shares + (whole - shares.mean())


def _without(positive: NDArray[np.bool_], scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """The average precision without each video in turn, from sums over the distinct scores: float64 [V]."""
    _, block = np.unique(-scores, return_inverse=True)  # from the highest score
    right = np.bincount(block, positive)
    hits, rank = np.cumsum(right), np.cumsum(np.bincount(block))
    fewer = np.maximum(rank - 1, 1)
    before = np.cumsum(right * hits / rank) - right * hits / rank
    after = _from_here(right * hits / fewer)
    after_right = _from_here(right * (hits - 1) / fewer) - right * (hits - 1) / fewer
    own = (right - 1) * (hits - 1) / fewer
    kept = np.where(positive, (before + after_right + own)[block], (before + after)[block])
    left = positive.sum() - positive
    return np.where(left, kept / np.maximum(left, 1), average_precision(positive, scores))


def _from_here(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of a value and those behind it."""
    return np.cumsum(values[::-1])[::-1]

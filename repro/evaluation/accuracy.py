"""How often the right class was named, over all videos and class by class. Results are fractions, 0..1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer]


def top1(scores: NDArray[np.floating]) -> NDArray[np.int64]:
    """The class of the highest score, the lower index on a tie: [V, K] or [V, T, K] -> int64 [V] or [V, T].

    Raises ValueError for no videos or classes, and for a score that is not finite: argmax would name the
    class of a NaN.
    """
    if scores.ndim < 2 or scores.size == 0:
        raise ValueError(f"scores have shape {scores.shape}; wanted [V, K] with at least one video and class")
    if not np.isfinite(scores).all():
        raise ValueError("a score is NaN or infinite; wanted finite class scores")
    return np.argmax(scores, axis=-1).astype(np.int64)


def check_scores(labels: Labels, scores: NDArray[np.floating]) -> None:
    """ValueError unless labels [V], V > 0, are classes 0..K-1 of finite scores [V, K]."""
    accuracy(labels, top1(scores))
    _check_range("label", labels, scores.shape[1])


def accuracy(labels: Labels, predicted: Labels) -> float:
    """Share of equal entries of two int [V]; ValueError if they are empty or differ in shape."""
    if labels.ndim != 1 or labels.shape != predicted.shape or not len(labels):
        raise ValueError(f"labels {labels.shape}, predictions {predicted.shape}; wanted the same [V], V > 0")
    return float(np.mean(labels == predicted))


def top_k(labels: Labels, scores: NDArray[np.floating], k: int) -> float:
    """The fraction of videos whose label is among the k highest scores; k = 1 is `accuracy` of `top1`.

    labels: [V]. scores: [V, K]. Of equal scores the lower index comes first. Raises ValueError for k outside
    1..K or for arrays that do not fit.
    """
    check_scores(labels, scores)
    classes = scores.shape[1]
    if not 1 <= k <= classes:
        raise ValueError(f"k is {k}; wanted 1..{classes}")
    true_score = scores[np.arange(len(labels)), labels][:, None]
    earlier = np.arange(classes)[None, :] < labels[:, None]
    ahead = (scores > true_score) | ((scores == true_score) & earlier)
    return float(np.mean(ahead.sum(axis=1) < k))


def confusion_matrix(labels: Labels, predicted: Labels, classes: int) -> NDArray[np.int64]:
    """How many videos of class i (row) were called j (column): int64 [K, K].

    labels, predicted: [V] in 0..K-1. Raises ValueError otherwise.
    """
    accuracy(labels, predicted)  # refuses what cannot be compared
    _check_range("label", labels, classes)
    _check_range("prediction", predicted, classes)
    matrix = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(matrix, (labels, predicted), 1)
    return matrix


def per_class(matrix: NDArray[np.integer]) -> NDArray[np.float64]:
    """Share of a class's videos called by its name, [K, K] -> float64 [K]; NaN for a class without videos."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ValueError(f"the matrix has shape {matrix.shape}; wanted [K, K]")
    videos = matrix.sum(axis=1)
    return np.divide(matrix.diagonal(), videos, out=np.full(len(matrix), np.nan), where=videos > 0)


def _check_range(name: str, values: Labels, classes: int) -> None:
    if values.min() < 0 or values.max() >= classes:
        raise ValueError(f"{name}s go from {values.min()} to {values.max()}; wanted 0 to {classes - 1}")

"""Whether a probability means what it says. Results are fractions, 0..1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.accuracy import check_scores, top1

BINS = 15
_SUM_TOLERANCE = 1e-3  # rows of float16 networks sum to 1 only that closely


@dataclass(frozen=True)
class Reliability:
    """By bin, each [bins]: mean confidence and accuracy (NaN where empty), and how many videos it holds.

    Bin b, from 0, holds confidences in (b / bins, (b + 1) / bins].
    """

    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    count: NDArray[np.int64]


def reliability(labels: NDArray[np.integer], scores: NDArray[np.floating], bins: int = BINS) -> Reliability:
    """Videos binned by their confidence, the highest of their probabilities: int [V], float [V, K].

    Bins have equal width. Raises ValueError for arrays that do not fit, no bins, and rows that are not
    probabilities: none negative, sum 1 within 0.001.
    """
    check_scores(labels, scores)
    if bins < 1:
        raise ValueError(f"{bins} bins; wanted at least 1")
    sums = scores.sum(axis=1, dtype=np.float64)
    if scores.min() < 0 or np.abs(sums - 1).max() > _SUM_TOLERANCE:
        raise ValueError(
            f"scores from {scores.min():.3g} up, rows sum to {sums.min():.3g} to {sums.max():.3g}; "
            "wanted probabilities, rows that sum to 1"
        )
    confidence = scores.max(axis=1).astype(np.float64)
    right = (top1(scores) == labels).astype(np.float64)
    # k / bins rounds as the literal 0.7 does; confidence * bins would put 0.7 beyond the seventh of ten
    bin_of = np.searchsorted(np.arange(1, bins) / bins, confidence)
    count = np.bincount(bin_of, minlength=bins)
    means = [
        np.divide(np.bincount(bin_of, values, bins), count, out=np.full(bins, np.nan), where=count > 0)
        for values in (confidence, right)
    ]
    return Reliability(means[0], means[1], count)


def expected_calibration_error(
    labels: NDArray[np.integer], scores: NDArray[np.floating], bins: int = BINS
) -> float:
    """The mean distance between confidence and accuracy over the bins, each weighed by its videos: 0..1.

    Takes and raises what `reliability` does. Few videos in a bin already make it positive.
    """
    by_bin = reliability(labels, scores, bins)
    distance = np.abs(by_bin.confidence - by_bin.accuracy)
    return float(np.nansum(by_bin.count * distance) / len(labels))

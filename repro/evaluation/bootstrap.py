"""How far a mean over one run's test videos could have fallen otherwise on other videos of the kind.

Percentile bootstrap, for what is drawn and described: the videos of each split are drawn with replacement,
the same ones for all seeds. Videos count as independent, and the variation between seeds is not in it:
verdicts rest on `evaluation.crossed`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

RESAMPLES, LEVEL = 10_000, 0.95
Hits = Mapping[str, NDArray[np.bool_] | NDArray[np.floating]]  # split -> [S, V]: seed, video; 0..1


def mean_interval(hits: Hits) -> tuple[float, float]:
    """The 95 % interval of the mean over splits of the mean over seeds and videos, in 0..1.

    Raises ValueError for no videos.
    """
    return _ends({split: _checked(h).mean(axis=0) for split, h in hits.items()})


def _checked(hits: NDArray) -> NDArray:
    if hits.ndim != 2 or 0 in hits.shape:
        raise ValueError(f"hits have shape {hits.shape}; wanted [S, V] with a seed and a video at least")
    return hits


def _ends(by_split: Mapping[str, NDArray[np.float64]]) -> tuple[float, float]:
    """The interval of the mean over splits of the mean of float64 [V]."""
    if not by_split:
        raise ValueError("no splits; wanted one at least")
    rng = np.random.default_rng(0)
    total = np.zeros(RESAMPLES)
    for split in sorted(by_split):  # the draws must not depend on which split was run first
        total += _resampled_means(by_split[split], rng)
    low, high = np.quantile(total / len(by_split), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _resampled_means(values: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Means of V draws. Few values occur (hits of few seeds), so it is drawn how often each of them comes."""
    levels, counts = np.unique(values, return_counts=True)
    drawn = rng.multinomial(len(values), counts / len(values), size=RESAMPLES)
    means: NDArray[np.float64] = drawn @ levels / len(values)
    return means

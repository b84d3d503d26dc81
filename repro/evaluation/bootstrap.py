"""How far an accuracy could have fallen otherwise on other test videos of the same kind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000


def accuracy_interval(
    labels: NDArray[np.integer], predictions: NDArray[np.integer], *, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Percentile bootstrap interval of the top-1 accuracy over V videos drawn with replacement.

    labels, predictions: [V]. level: the part of resamples inside, in (0, 1). The number of hits among V draws
    is binomial, so it is drawn as such and not video by video. Videos count as independent: clips cut from
    one source are alike, which makes the true interval wider. The variation between seeds is not in it.
    Raises ValueError for other shapes, no videos or another level.
    """
    if labels.ndim != 1 or labels.shape != predictions.shape or not len(labels):
        raise ValueError(
            f"labels {labels.shape}, predictions {predictions.shape}; wanted two equal [V], V >= 1"
        )
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; wanted a fraction between 0 and 1")
    videos = len(labels)
    hits = np.random.default_rng(seed).binomial(videos, np.mean(labels == predictions), size=RESAMPLES)
    low, high = np.quantile(hits / videos, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)

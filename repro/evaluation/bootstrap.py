"""How far a mean over one run's test videos could have fallen otherwise on other videos of the kind.

Percentile bootstrap, for what is drawn and described: the videos are drawn with replacement. They count as
independent, and the variation between seeds is not in it: verdicts rest on `evaluation.crossed`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RESAMPLES, LEVEL = 10_000, 0.95


def mean_interval(values: NDArray[np.floating]) -> tuple[float, float]:
    """The 95 % interval of the mean of one value a video, [V].

    Raises ValueError for another shape, and for no videos.
    """
    if values.ndim != 1 or not len(values):
        raise ValueError(f"values have shape {values.shape}; wanted [V] with a video at least")
    # Values may repeat, so it is drawn how often each of them comes.
    levels, counts = np.unique(values, return_counts=True)
    drawn = np.random.default_rng(0).multinomial(len(values), counts / len(values), size=RESAMPLES)
    low, high = np.quantile(drawn @ levels / len(values), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)

"""The score of a video from many windows of it (paper 3, 4.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def video_score(step_scores: NDArray[np.floating], times: NDArray[np.integer]) -> NDArray[np.float64]:
    """The mean over the N steps of a window, then over the drawn windows: [m, N, K], int [m] -> float64 [K].

    times: how often each of the m distinct windows was drawn. The means are of probabilities, not of logits
    (paper 3, 4.1). Raises ValueError for other shapes, no window, or a number of times below 1.
    """
    if step_scores.ndim != 3 or not step_scores.size or times.shape != step_scores.shape[:1]:
        raise ValueError(f"step scores {step_scores.shape}, times {times.shape}; wanted [m, N, K], [m]")
    if times.min() < 1:
        raise ValueError(f"a window was drawn {times.min()} times; wanted 1 or more")
    return np.average(step_scores.mean(axis=1, dtype=np.float64), axis=0, weights=times)

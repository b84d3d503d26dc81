"""From many predictions to one: the mean over the frames observed so far."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def cumulative_mean(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """(1/t) sum over s = 1..t of p_s for every t: [V, T, K] -> float64 [V, T, K]. Paper 2, 3.2.2."""
    if scores.ndim != 3:
        raise ValueError(f"scores have shape {scores.shape}; wanted [V, T, K]")
    frames_observed = np.arange(1, scores.shape[1] + 1)[None, :, None]
    return np.cumsum(scores, axis=1, dtype=np.float64) / frames_observed

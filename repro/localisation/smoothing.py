"""Boxes that move smoothly: locally weighted linear regression over time (paper 4, section 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def smooth(values: NDArray[np.number], span: int = 31) -> NDArray[np.float64]:
    """Each column against the frame index: [n] or [n, columns] -> float64 of the same shape.

    At frame i a line is fitted to the k = min(span, n) frames around it (made odd; at the ends the window is
    shifted, not shortened) with the weights (1 - (|j - i| / d)^3)^3, d the largest distance in the window,
    and read at i. No robustness iterations. k <= 3 gives the input back. Raises ValueError for a span below
    1 and other shapes.
    """
    if span < 1 or values.ndim not in (1, 2):
        raise ValueError(f"span {span}, values {values.shape}; wanted 1 or more frames, [n] or [n, columns]")
    series = values.astype(np.float64)
    frames = len(series)
    width = min(span, frames)
    width -= 1 - width % 2
    if width <= 3:
        return series
    at = np.arange(frames)
    start = np.clip(at - (width - 1) // 2, 0, frames - width)
    window = start[:, None] + np.arange(width)
    away = (window - at[:, None]).astype(np.float64)
    weights = (1 - np.abs(away / np.abs(away).max(axis=1, keepdims=True)) ** 3) ** 3
    # The fitted line at distance 0 is sum_j w_j (s2 - s1 x_j) y_j / (s0 s2 - s1^2), s_p = sum_j w_j x_j^p.
    s0, s1, s2 = ((weights * away**power).sum(axis=1, keepdims=True) for power in range(3))
    weights *= (s2 - s1 * away) / (s0 * s2 - s1**2)
    smoothed: NDArray[np.float64] = np.einsum("nk,nk...->n...", weights, series[window])
    return smoothed

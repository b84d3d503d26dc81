"""Locally weighted regression in one pass: a weighted least-squares line per frame, solved as such."""

import numpy as np


def smooth(values, span):
    """values [n] -> float64 [n]. The window is shifted at the ends; k <= 3 changes nothing."""
    n = len(values)
    k = min(span, n)
    if k % 2 == 0:
        k -= 1
    if k <= 3:
        return np.array(values, np.float64)
    smoothed = []
    for i in range(n):
        start = min(max(i - (k - 1) // 2, 0), n - k)
        window = range(start, start + k)
        d_max = max(abs(j - i) for j in window)
        root = np.sqrt([(1 - (abs(j - i) / d_max) ** 3) ** 3 for j in window])
        line = np.stack([root, root * np.array(window, np.float64)], axis=1)
        (constant, slope), *_ = np.linalg.lstsq(line, root * np.array([values[j] for j in window]))
        smoothed.append(constant + slope * i)
    return np.array(smoothed)

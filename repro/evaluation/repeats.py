"""One number from several runs: over a data set's splits, and over seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def mean_over_splits(values: Sequence[float]) -> float:
    """The plain mean, whatever the splits' sizes, as the papers average their three. ValueError if empty."""
    return float(np.mean(_checked(values)))


def mean_and_std(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and sample standard deviation (n - 1 below the line) over seeds; None for a single seed."""
    checked = _checked(values)
    return float(np.mean(checked)), float(np.std(checked, ddof=1)) if len(checked) > 1 else None


def _checked(values: Sequence[float]) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise ValueError(f"{values} is not a list of at least one finite number")
    return array

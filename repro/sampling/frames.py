"""Which frames of a video: integers only. All give increasing indices from 0, each at most once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def _checked(k: int, length: int) -> int:
    if k < 1 or length < 1:
        raise ValueError(f"asked for {k} of {length} frames; both must be at least 1")
    return min(k, length)


def first(k: int, length: int) -> NDArray[np.int64]:
    """The first K frames (paper 1, 5.2.3): int64 [min(K, length)]."""
    return np.arange(_checked(k, length))


def sampled(k: int, length: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """K frames drawn without replacement and kept in order (paper 1, table 6): int64 [min(K, length)]."""
    return np.sort(rng.choice(length, size=_checked(k, length), replace=False))


def spaced(k: int, length: int) -> NDArray[np.int64]:
    """The middle frame of each of K equal parts of the video: int64 [min(K, length)]."""
    parts = _checked(k, length)
    return (2 * np.arange(parts) + 1) * length // (2 * parts)


# Name -> (K, length, rng) -> frames. Only `sampled` draws.
WAYS: dict[str, Callable[[int, int, np.random.Generator], NDArray[np.int64]]] = {
    "first": lambda k, length, rng: first(k, length),
    "sampled": sampled,
    "spaced": lambda k, length, rng: spaced(k, length),
}

"""Attention maps that no network made: what the chain from map to tube reaches by itself.

An actor is mostly filmed middle the middle of the frame, and a window of frames smooths any boxes towards it.
What a network's attention is worth shows only beside these, through the same chain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BASELINES = ("random", "cell", "middle")


def baseline_maps(
    kind: str, frames: int, height: int, width: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Maps [frames, height, width], each of sum 1, that depend on no pixel.

    kind: `random`, every place of every frame drawn anew from 0..1; `cell`, one place of each frame, drawn
    anew, holds everything; `middle`, the middle place of every frame does, and of an even side the middle two
    share it. Raises ValueError for another kind.
    """
    if kind not in BASELINES:
        raise ValueError(f"maps {kind!r}; wanted one of {', '.join(BASELINES)}")
    if kind == "random":
        maps = rng.random((frames, height * width))
    elif kind == "cell":
        maps = np.eye(height * width)[rng.integers(height * width, size=frames)]
    else:
        rows, columns = (_middle(side) for side in (height, width))
        maps = np.tile(np.outer(rows, columns).ravel(), (frames, 1))
    shares: NDArray[np.float64] = maps / maps.sum(axis=1, keepdims=True)
    return shares.reshape(frames, height, width)


def _middle(side: int) -> NDArray[np.float64]:
    """1 at the middle of a side, or at both places beside it; 0 elsewhere."""
    middle: NDArray[np.float64] = (np.abs(np.arange(side) - (side - 1) / 2) < 1).astype(np.float64)
    return middle

"""Takes fc6 of VGG to images of another size than it was trained with."""

from __future__ import annotations

from math import isqrt

import numpy as np
from numpy.typing import NDArray


def resampled(kernel: NDArray[np.floating], rows: int, channels: int) -> NDArray[np.floating]:
    """The kernel of fc6 for `rows` inputs, [h*w*C, U] -> [rows, U], with C = `channels` of pool5.

    The kernel is a map of weights over the h x w places of pool5, both sides equal. It is interpolated
    linearly and scaled, so that each old weight keeps its total over the new places: maps that are constant
    over the places get the same output as before. Returned unchanged where it fits, and where the numbers of
    rows are not those of square maps of C channels.
    """
    old, new = (isqrt(count // channels) for count in (len(kernel), rows))
    if old == new or min(old, new) < 1 or (old * old * channels, new * new * channels) != (len(kernel), rows):
        return kernel
    maps = kernel.reshape(old, old, channels, -1).astype(np.float32)
    spread = _spread(old, new).astype(np.float32)
    moved = np.tensordot(spread, np.tensordot(spread, maps, (1, 1)), (1, 1))
    return moved.reshape(rows, -1)


def _spread(old: int, new: int) -> NDArray[np.float64]:
    """How much of each old place goes to each new one: float64 [new, old], columns with sum 1.

    Linear interpolation between the centres of the cells of a common unit length, the nearest cell repeated
    beyond the border. The hat is as wide as the coarser grid asks for, so that no old place is passed over.
    """
    to, of = (np.arange(new) + 0.5) / new, (np.arange(old) + 0.5) / old
    hats = np.maximum(0, 1 - np.abs(to[:, None] - of) * min(old, new))
    hats /= hats.sum(axis=1, keepdims=True)
    return hats / hats.sum(axis=0)

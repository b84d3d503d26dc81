"""Attention-weighted sums over a map and its four quadrants; paper 5, section 3.4."""

from __future__ import annotations

import numpy as np
from keras import KerasTensor, ops
from numpy.typing import NDArray

SPLITS = ("floor", "overlap")
_LEAST = 1e-8  # a region that attention leaves this empty is divided by this instead: no 0 / 0


def regions(h: int, w: int, split: str = "floor") -> NDArray[np.float32]:
    """Which positions of an h x w grid each part sees: 0 or 1, float32 [5, L], L = h * w, row by row.

    Parts: full, top-left, top-right, bottom-left, bottom-right. `floor` cuts before row h // 2 and column
    w // 2: of 11 x 11 come 25, 30, 30, 36 positions, each in one quadrant. With `overlap` both halves of an
    odd side hold its middle: 36 each (paper 5, C8). Raises ValueError for another split or a side of 1.
    """
    if split not in SPLITS:
        raise ValueError(f"split {split!r}; wanted one of {', '.join(SPLITS)}")
    if min(h, w) < 2:
        raise ValueError(f"a grid of {h} x {w} has no quadrants; wanted 2 x 2 or more")
    halves = []
    for side in (h, w):
        first = np.arange(side) < (side // 2 if split == "floor" else (side + 1) // 2)
        halves.append((first, np.arange(side) >= side // 2))
    quadrants = [np.outer(rows, columns) for rows in halves[0] for columns in halves[1]]
    return np.stack([np.ones((h, w)), *quadrants]).reshape(5, h * w).astype(np.float32)


def pyramid(
    att: KerasTensor, x: KerasTensor, masks: NDArray[np.float32] | KerasTensor, renormalise: bool = False
) -> KerasTensor:
    """x_r = sum over i in region r of att_i X_i, the regions side by side.

    att [B, L], x [B, L, C], masks [R, L] -> [B, R C]; of `regions` R = 5, full first. renormalise: every
    region's share of the attention counts as a whole, att_i / sum over j in r of att_j.
    """
    shares = att[:, None, :] * ops.convert_to_tensor(masks, dtype=att.dtype)
    if renormalise:
        shares = shares / ops.maximum(ops.sum(shares, axis=-1, keepdims=True), _LEAST)
    return ops.reshape(ops.matmul(shares, x), (-1, masks.shape[0] * x.shape[-1]))

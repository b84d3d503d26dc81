"""How much two rectangles share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.floating[Any]] | NDArray[np.integer[Any]]


def iou(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """Intersection over union of boxes [..., 4] that broadcast: float64 [...] in 0..1; two empty boxes: 0.

    A box is left, top, right, bottom, half-open: its area is (right - left) * (bottom - top).
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.maximum(sides, 0).prod(axis=-1)
    union = (a[..., 2:] - a[..., :2]).prod(axis=-1) + (b[..., 2:] - b[..., :2]).prod(axis=-1) - shared
    return np.divide(shared, union, out=np.zeros_like(union), where=union > 0)

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
    shared = intersection(a, b)
    union = area(a) + area(b) - shared
    return np.divide(shared, union, out=np.zeros_like(union), where=union > 0)


def intersection(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """The area that boxes [..., 4], which broadcast, have in common: float64 [...]."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared: NDArray[np.float64] = np.maximum(sides, 0).prod(axis=-1)
    return shared


def area(of: Boxes) -> NDArray[np.float64]:
    """The area of boxes [..., 4]: float64 [...]."""
    of = np.asarray(of, np.float64)
    product: NDArray[np.float64] = (of[..., 2:] - of[..., :2]).prod(axis=-1)
    return product

"""The boxes that a saliency map proposes: its bright regions (paper 4, Eq. 16)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

EIGHT_CONNECTED = np.ones((3, 3), np.int64)


class Proposals(NamedTuple):
    """The N components of one frame, in the raster order of their first pixels.

    boxes: int64 [N, 4], left, top, right, bottom of the saliency grid, half-open. masses: float64 [N], the
    sum of the saliency inside each component (not inside its box).
    """

    boxes: NDArray[np.int64]
    masses: NDArray[np.float64]


def components(saliency: NDArray[np.floating], theta: float = 100.0) -> Proposals:
    """The rectangles around the 8-connected components of S_t >= theta: [H, W] in [0, 255] -> Proposals.

    Raises ValueError for another shape.
    """
    if saliency.ndim != 2:
        raise ValueError(f"saliency has shape {saliency.shape}; wanted one frame [H, W]")
    labelled, count = ndimage.label(saliency >= theta, EIGHT_CONNECTED)
    boxes = [(x.start, y.start, x.stop, y.stop) for y, x in ndimage.find_objects(labelled)]
    masses = np.bincount(labelled.ravel(), weights=saliency.ravel(), minlength=count + 1)[1:]
    return Proposals(np.array(boxes, np.int64).reshape(count, 4), masses.astype(np.float64, copy=False))

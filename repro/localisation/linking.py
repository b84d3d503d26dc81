"""One box a frame out of the proposals of all frames (paper 4, Eq. 17)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from repro.boxes import iou
from repro.localisation.components import Proposals

EQUAL_MASS = 1e-9  # relative: the sums of two mirrored components differ in their last digits


def link(proposals: Sequence[Proposals]) -> NDArray[np.int64]:
    """The box chosen in each frame: the proposals of T frames -> int64 [T, 4].

    Each frame takes the proposal with the largest IoU with the box chosen before it. In the first frame,
    where no proposal overlaps that box, and among equal IoUs, the largest mass decides, then the raster
    order. A frame without proposals repeats the box before it; leading ones take the first box there is.
    Raises ValueError where no frame has a proposal.
    """
    chosen: list[NDArray[np.int64]] = []
    box_prev = None
    leading = 0
    for frame in proposals:
        if len(frame.boxes):
            box_prev = frame.boxes[_choice(frame, box_prev)]
        if box_prev is None:
            leading += 1
        else:
            chosen.append(box_prev)
    if not chosen:
        raise ValueError(f"none of {len(proposals)} frames has a proposal; wanted one at least")
    return np.stack([chosen[0]] * leading + chosen)


def _choice(frame: Proposals, box_prev: NDArray[np.int64] | None) -> int:
    """The index of the chosen proposal of a frame with proposals."""
    candidates = np.arange(len(frame.boxes))
    if box_prev is not None:
        overlaps = iou(frame.boxes, box_prev)
        candidates = np.flatnonzero(overlaps == overlaps.max())  # all of them where no one overlaps
    masses = frame.masses[candidates]
    return int(candidates[np.argmax(masses >= masses.max() * (1 - EQUAL_MASS))])

"""How much of a map lies on the actor: the share of its mass within a frame's boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def covered(
    boxes: NDArray[np.floating], height_px: int, width_px: int, rows: int, columns: int
) -> NDArray[np.float64]:
    """How much of each place of a map the boxes of a frame cover, 0..1: float64 [rows, columns].

    boxes: [n, 4], left, top, right, bottom in pixels of a frame of height_px x width_px, over which the map
    is spread. Where several boxes reach into one place, the largest share counts. Raises ValueError without
    boxes.
    """
    if boxes.ndim != 2 or boxes.shape[1:] != (4,) or not len(boxes):
        raise ValueError(f"boxes {boxes.shape}; wanted [n, 4], n > 0")
    shares = [
        np.outer(_overlaps(top, bottom, height_px, rows), _overlaps(left, right, width_px, columns))
        for left, top, right, bottom in boxes
    ]
    largest: NDArray[np.float64] = np.max(shares, axis=0)
    return largest


def _overlaps(start: float, end: float, side_px: int, places: int) -> NDArray[np.float64]:
    """How much of each part of a side lies between start and end: float64 [places]."""
    edges = np.linspace(0, side_px, places + 1)
    within = np.minimum(edges[1:], end) - np.maximum(edges[:-1], start)
    return np.clip(within, 0, None) * places / side_px


def share_inside(maps: NDArray[np.floating], cover: NDArray[np.floating]) -> NDArray[np.float64]:
    """The share of each map's mass that lies within the boxes: [n, h, w] and [n, h, w] -> float64 [n].

    maps: 0 or more. cover: of `covered`. A map without mass says of no place that it is better: its share is
    that of an even map. Raises ValueError for other shapes and for negative values.
    """
    if maps.shape != cover.shape or maps.ndim != 3:
        raise ValueError(f"maps {maps.shape}, cover {cover.shape}; wanted twice [n, h, w]")
    if maps.min(initial=0) < 0:
        raise ValueError(f"a map with {maps.min():g}; wanted 0 or more")
    mass = maps.sum(axis=(1, 2), dtype=np.float64)
    inside = (maps * cover).sum(axis=(1, 2), dtype=np.float64)
    share: NDArray[np.float64] = np.where(
        mass > 0, inside / np.where(mass > 0, mass, 1), cover.mean(axis=(1, 2))
    )
    return share

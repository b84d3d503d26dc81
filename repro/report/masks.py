"""An attention map of a network's grid laid over the frame it belongs to: geometry, and a dimming mask."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.report.filmstrip import FLOOR
from repro.report.lettering import Image
from repro.report.marks import check_frames, check_maps
from repro.report.overlays import enlarged


class Grid(NamedTuple):
    """Where the places of a map lie in the square frame that the network sees.

    size_px: the square's side. Place (r, c) is centred at pixel (stride_px * r + offset_px, stride_px * c +
    offset_px), counted from (0, 0), the middle of the top left pixel. For VGG-16 maps after a 3 x 3 pooling
    of stride 2 without padding that is 32 r + 23.5 (paper 5, C2).
    """

    size_px: int
    stride_px: float
    offset_px: float


def upsample(
    maps: NDArray[np.floating], size_px: int, stride_px: float, offset_px: float
) -> NDArray[np.float64]:
    """Maps at every pixel of the network's square: [..., h, w] -> float64 [..., S, S], bilinear.

    size_px is S; the others as in `Grid`. Beyond the outermost centres their value is held, so a map never
    leaves its own range. Raises ValueError for a map without places and a stride or size not above 0.
    """
    if maps.ndim < 2 or not maps.size or size_px < 1 or not stride_px > 0:
        raise ValueError(
            f"maps {maps.shape} at {stride_px} px into {size_px} px; wanted [..., h, w], both > 0"
        )
    height, width = maps.shape[-2:]
    rows, columns = (_weights(n, size_px, stride_px, offset_px) for n in (height, width))
    return rows @ np.asarray(maps, np.float64) @ columns.T


def _weights(places: int, size_px: int, stride_px: float, offset_px: float) -> NDArray[np.float64]:
    """[S, places]: how much each place has of each pixel, by distance; each row sums to 1."""
    at = np.clip((np.arange(size_px) - offset_px) / stride_px, 0, places - 1)
    return np.maximum(1 - np.abs(at[:, None] - np.arange(places)), 0)


def over_frame(attention: NDArray[np.floating], grid: Grid, height: int, width: int) -> NDArray[np.float32]:
    """A map [h, w], 0 or more, at every pixel of the frame that was squeezed into the square: [H, W]."""
    check_maps(np.asarray(attention)[np.newaxis], 1, "attention")
    square = upsample(attention, *grid).astype(np.float32)
    return np.clip(enlarged(square, height, width), square.min(), square.max())


def masked(frame: Image, attention: NDArray[np.floating], grid: Grid) -> Image:
    """The frame as bright as it is attended to: full where the map is highest, never below 0.15.

    frame: uint8 [H, W, 3] RGB of any aspect. attention: float [h, w], 0 or more; a map that is 0 everywhere
    leaves the frame at its darkest. Returns uint8 [H, W, 3]. Raises ValueError for shapes that do not fit.
    """
    check_frames(np.asarray(frame)[np.newaxis])
    mask = over_frame(attention, grid, *frame.shape[:2])
    share = mask / (mask.max() or 1)
    return np.rint(frame * np.maximum(share, FLOOR)[..., None]).astype(np.uint8)

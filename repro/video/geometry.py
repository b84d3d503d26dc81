"""Resizing and warping of frames. Pixel centres lie at integer coordinates, (0, 0) being the top left one."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

WAYS = {"bicubic": cv2.INTER_CUBIC, "bilinear": cv2.INTER_LINEAR}


def resize(frame: NDArray[np.uint8], height: int, width: int, way: str = "bicubic") -> NDArray[np.uint8]:
    """The whole frame at another size: uint8 [H, W, 3] -> [height, width, 3].

    The aspect ratio is not kept: 4:3 frames become square, in training and in testing alike. way: of `WAYS`;
    `bicubic` as the public code of papers 1 and 2, `bilinear` for paper 5's maps.
    """
    if frame.shape[:2] == (height, width):
        return frame
    return cv2.resize(frame, (width, height), interpolation=WAYS[way])


def to_size(
    height: int, width: int, way: str = "bicubic"
) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    """`resize` to that size, for what changes each frame as it is decoded."""
    return lambda frame: resize(frame, height, width, way)


def square(frame: NDArray[np.uint8], size: int, resized: int | None = None) -> NDArray[np.uint8]:
    """A frame as a network sees it, uint8 [H, W, 3] -> [size, size, 3].

    resized: the shorter side is brought to so many pixels and the central part is cut out (paper 3, A20: 256
    and 224); None shows the whole frame, squeezed. Raises ValueError for a cut that is larger than what it is
    cut from.
    """
    if resized is None:
        return resize(frame, size, size)
    if size > resized:
        raise ValueError(f"a cut of {size} pixels from a shorter side of {resized}; wanted at most that")
    height, width = frame.shape[:2]
    scale = resized / min(height, width)
    height, width = round(height * scale), round(width * scale)
    top, left = (height - size) // 2, (width - size) // 2
    return resize(frame, height, width)[top : top + size, left : left + size]


def warp(frame: NDArray[np.uint8], matrix: NDArray[np.float64], size: int) -> NDArray[np.uint8]:
    """A frame through an affine map: uint8 [H, W, 3] -> [size, size, 3].

    matrix: float64 [2, 3], takes an output pixel (x, y, 1) to the source position. Linear interpolation;
    beyond the border the nearest border pixel is repeated. Raises ValueError for another matrix shape.
    """
    if matrix.shape != (2, 3):
        raise ValueError(f"affine matrix of shape {matrix.shape}; wanted (2, 3)")
    return cv2.warpAffine(
        frame,
        matrix,
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )

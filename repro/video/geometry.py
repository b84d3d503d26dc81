"""Resizing and warping of frames. Pixel centres lie at integer coordinates, (0, 0) being the top left one."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray


def resize(frame: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """The whole frame at another size, bicubic (paper 1, section 4): uint8 [H, W, 3] -> [height, width, 3].

    The aspect ratio is not kept: 4:3 frames become square, in training and in testing alike.
    """
    if frame.shape[:2] == (height, width):
        return frame
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_CUBIC)


def to_size(height: int, width: int) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    """`resize` to that size, for what changes each frame as it is decoded."""
    return lambda frame: resize(frame, height, width)


def warp(frame: NDArray[np.uint8], matrix: NDArray[np.float64], size: int) -> NDArray[np.uint8]:
    """A frame seen through an affine map: uint8 [H, W, 3] -> [size, size, 3].

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

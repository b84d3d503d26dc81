"""Flow as networks take it: 8-bit levels, stacks of several fields, mirrored stacks, grey JPEGs for storing.

One level is bound / 127.5 pixels, 0.157 at the usual bound of 20. No motion lies half-way between the levels
127 and 128 and is coded as 128, which is also what the networks subtract.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

STILL = 128  # the level of no motion
BOUND_PX = 20.0
FIELDS = 10
QUALITY = 90


def quantise(flow: NDArray[np.float32], bound_px: float = BOUND_PX) -> NDArray[np.uint8]:
    """Flow in pixels to levels, uint8 of the same shape: [-bound, bound] linearly to [0, 255], cut beyond.

    Halves go to the even level, so zero is 128. Raises ValueError for flow that is not finite.
    """
    if not np.isfinite(flow).all():
        raise ValueError("flow holds NaN or infinity")
    cut = np.clip(flow, -bound_px, bound_px)
    # Written so that zero gives 127.5 exactly for every bound.
    return np.rint(127.5 + cut * (127.5 / bound_px)).astype(np.uint8)


def fields_before(frame: int, fields: int = FIELDS) -> NDArray[np.int64]:
    """The fields that end at a frame: int64 [fields], oldest first; none, int64 [0], at frame 0.

    Field f leads from frame f to f + 1, so the last is `frame` - 1: nothing after the frame is used.
    Where fewer exist the first one is repeated in front (paper 1 is silent on it).
    """
    if frame < 0 or fields < 1:
        raise ValueError(f"frame {frame}, {fields} fields; wanted 0 or more, and at least 1")
    return np.maximum(np.arange(frame - fields, frame), 0) if frame else np.empty(0, np.int64)


def frames_with_flow(frames: int) -> int:
    """How many first frames of a video have a next one to flow to; of one frame alone, that frame: 1."""
    if frames < 1:
        raise ValueError(f"a video of {frames} frames; wanted at least 1")
    return max(frames - 1, 1)


def stack(coded: NDArray[np.uint8], frame: int, fields: int = FIELDS) -> NDArray[np.uint8]:
    """What a temporal network sees at a frame (paper 1, 5.2.5): uint8 [H, W, 2 * fields].

    coded: uint8 [T-1, H, W, 2], levels of x and y. Channels are x, y, x, y, ..., oldest field first (see
    `fields_before`); at frame 0 all are 128. Raises ValueError for a frame outside 0..T-1.
    """
    if coded.dtype != np.uint8 or coded.ndim != 4 or coded.shape[3] != 2:
        raise ValueError(f"coded flow is {coded.dtype} {coded.shape}; wanted uint8 [T-1, H, W, 2]")
    if frame > len(coded):
        raise ValueError(f"frame {frame} of a clip with {len(coded)} flow fields; the last is {len(coded)}")
    return interleaved(coded[fields_before(frame, fields)], fields)


def interleaved(chosen: NDArray[np.uint8], fields: int) -> NDArray[np.uint8]:
    """uint8 [fields, H, W, 2] to [H, W, 2 * fields], x and y in turn; [0, H, W, 2] to a stack of 128."""
    height, width = chosen.shape[1:3]
    if not len(chosen):
        return np.full((height, width, 2 * fields), STILL, np.uint8)
    return chosen.transpose(1, 2, 0, 3).reshape(height, width, 2 * fields)


def stacks(
    coded: NDArray[np.uint8], frames: Sequence[int] | NDArray[np.integer], fields: int = FIELDS
) -> NDArray[np.uint8]:
    """`stack` of several frames: uint8 [n, H, W, 2 * fields]."""
    stacked = np.empty((len(frames), *coded.shape[1:3], 2 * fields), np.uint8)
    for row, frame in enumerate(frames):
        stacked[row] = stack(coded, int(frame), fields)
    return stacked


def opposite_x(stack: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A stack [..., 2 * fields] whose horizontal motion is reversed: x becomes 256 - x, cut to 255.

    255 - x would be exact but for zero, which has no level of its own and would turn from 128 to 127; the
    public two-stream code does that. Here still stays still, and what moves is off by at most one level.
    """
    turned = stack.copy()
    turned[..., 0::2] = np.minimum(256 - stack[..., 0::2].astype(np.int16), 255)
    return turned


def mirror(stack: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The stack of the scene in a mirror: uint8 [..., H, W, 2 * fields], left and right exchanged."""
    return opposite_x(stack[..., ::-1, :])


def to_jpeg(field: NDArray[np.uint8], quality: int = QUALITY) -> tuple[bytes, bytes]:
    """One coded field uint8 [H, W, 2] as two grey JPEGs, x and y. quality: 0 to 100, as JPEG counts it."""
    if field.dtype != np.uint8 or field.ndim != 3 or field.shape[2] != 2:
        raise ValueError(f"a coded field is {field.dtype} {field.shape}; wanted uint8 [H, W, 2]")
    x, y = (
        cv2.imencode(".jpg", field[..., channel], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        for channel in (0, 1)
    )
    return x, y


def from_jpeg(x: bytes, y: bytes) -> NDArray[np.uint8]:
    """The coded field of two grey JPEGs, uint8 [H, W, 2]; ValueError if they are none of one size."""
    images = [
        cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) if content else None
        for content in (x, y)
    ]
    grey = [image for image in images if image is not None]
    if len(grey) != 2 or grey[0].shape != grey[1].shape:
        raise ValueError("not two grey JPEGs of one size")
    return np.stack(grey, axis=-1).astype(np.uint8)

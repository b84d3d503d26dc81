"""How a video of any length is fed to a network that reads T frames at once (paper 4, A10)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Window(NamedTuple):
    """The network reads the frames from `start` on; its maps serve the frames `first <= t < stop`."""

    start: int
    first: int
    stop: int


def windows(frames: int, length: int) -> tuple[Window, ...]:
    """Windows of `length` frames, one after the other, that serve each of `frames` frames exactly once.

    The last window ends with the video and serves only the frames that no other does. A video shorter than a
    window has one that starts at 0; the caller fills it up. Raises ValueError for sizes below 1.
    """
    if min(frames, length) < 1:
        raise ValueError(f"{frames} frames in windows of {length}; wanted 1 or more of both")
    last = max(frames - length, 0)
    return tuple(
        Window(min(first, last), first, min(first + length, frames)) for first in range(0, frames, length)
    )


def stitched(outputs: NDArray[Any], frames: int) -> NDArray[Any]:
    """What the windows say of every frame: [windows, T, ...] of `windows(frames, T)` -> [frames, ...].

    Raises ValueError for another number of windows.
    """
    of = windows(frames, outputs.shape[1])
    if len(of) != len(outputs):
        raise ValueError(f"outputs {outputs.shape} for {frames} frames; wanted {len(of)} windows")
    served = [part[w.first - w.start : w.stop - w.start] for w, part in zip(of, outputs, strict=True)]
    return np.concatenate(served)


def lasting(values: NDArray[Any], frames: int) -> NDArray[Any]:
    """The last row repeated until there are `frames` of them: [F, ...] -> [frames, ...], F <= frames.

    For the last frame of a video, which has no flow and therefore no map of its own. Raises ValueError for
    no rows, and for more rows than frames.
    """
    if not 1 <= len(values) <= frames:
        raise ValueError(f"{len(values)} rows for {frames} frames; wanted 1 to {frames}")
    return np.concatenate([values, np.repeat(values[-1:], frames - len(values), axis=0)])

"""One field for each pair of neighbouring frames, whatever method compares them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.types import Frames


class Solver(Protocol):
    """An OpenCV object of dense flow: two grey frames uint8 [H, W] -> float32 [H, W, 2]."""

    def calc(self, first: Any, second: Any, flow: Any, /) -> Any: ...


def check(frames: Frames) -> None:
    """Raises ValueError for what is no clip, uint8 [T, H, W, 3]."""
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
        raise ValueError(f"frames are {frames.dtype} {frames.shape}; wanted uint8 [T, H, W, 3]")


def solved(frames: Frames, solver: Solver) -> Iterator[NDArray[np.float32]]:
    """The flow from each frame to the next, [H, W, 2] in pixels. Grey frames are compared, at their size."""
    earlier = None
    for frame in frames:
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        if earlier is not None:
            yield solver.calc(earlier, grey, None)
        earlier = grey

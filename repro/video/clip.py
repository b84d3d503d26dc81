"""A clip to draw pictures of: frames are decoded when they are asked for, few are held."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repro.types import Segment
from repro.video import decode

HELD = 8  # frames that were asked for last


class Clip:
    """Frames as `decode.read_clip` gives them, uint8 [T, H, W, 3] RGB, of which at most HELD are in memory.

    `clip[t]` decodes the video up to frame t. Iterating decodes it once, a frame at a time. length: T.
    Both raise as `decode.frames` does.
    """

    dtype, ndim = np.dtype(np.uint8), 4

    def __init__(self, path: Path, length: int, segment: Segment | None = None) -> None:
        self._path, self._length, self._segment = path, length, segment
        self._frame = lru_cache(HELD)(lambda t: decode.read_frames(path, np.array([t]), segment)[0])

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, t: int) -> NDArray[np.uint8]:
        return self._frame(int(t))

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        return decode.frames(self._path, self._segment)

    @property
    def shape(self) -> tuple[int, ...]:
        return len(self), *self[0].shape

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

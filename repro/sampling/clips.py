"""The clips that paper 5 cuts a video into (C4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def clip_starts(frames: int, clip_len: int, stride: int) -> NDArray[np.int64]:
    """First frames of the clips of a video of n = `frames` frames: 0, s, 2s, ... while a whole clip fits.

    int64 [N], N >= 1: a video shorter than L1 = `clip_len` has the one clip 0, followed by copies of its last
    frame. Raises ValueError for sizes below 1. Paper 5, C4.
    """
    if min(frames, clip_len, stride) < 1:
        raise ValueError(f"frames {frames}, clip_len {clip_len}, stride {stride}; wanted 1 or more")
    return np.arange(0, max(frames - clip_len, 0) + 1, stride, dtype=np.int64)

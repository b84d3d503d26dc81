"""Where the segments of a test video start (paper 4, 5.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SEGMENTS, SEGMENT_FRAMES = 25, 30
RULES = ("authors", "linspace")


def segment_starts(
    frames: int, length: int = SEGMENT_FRAMES, segments: int = SEGMENTS, rule: str = "authors"
) -> NDArray[np.int64]:
    """The first frames of equally spaced segments of `length` frames: int64 [segments], never decreasing.

    frames: F. `authors`: with a = floor((F - length + 1) / segments) segment j starts at floor(a/2 + j a), as
    in the authors' code; below `length + segments - 1` frames all are the same, and the end of a video is not
    reached. `linspace`: evenly from the first to the last possible start. In a video shorter than a segment
    all start at 0. Raises ValueError for sizes below 1 and for another rule.
    """
    if min(frames, length, segments) < 1 or rule not in RULES:
        raise ValueError(
            f"{segments} segments of {length} in {frames} frames by rule {rule!r}; "
            f"wanted 1 or more, and {' or '.join(RULES)}"
        )
    if rule == "linspace":
        return np.rint(np.linspace(0, max(frames - length, 0), segments)).astype(np.int64)
    step = max(frames - length + 1, 0) // segments
    return step // 2 + step * np.arange(segments)

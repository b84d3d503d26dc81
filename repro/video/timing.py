"""Which frames appear in a span of seconds, also where the time between frames varies."""

from __future__ import annotations

import base64
import math
import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.types import TimeSpan


class Timing(NamedTuple):
    """When the frames of a video appear.

    fps: frames per second, 0 if unknown. shown_s: float64 [frames], the seconds from the first frame on at
    which each appears, where that varies; None at a constant rate.
    """

    frames: int
    fps: float
    shown_s: NDArray[np.float64] | None = None

    @property
    def known(self) -> bool:
        return self.shown_s is not None or self.fps > 0

    def __str__(self) -> str:
        frames = f"{self.frames} frames"
        if self.shown_s is None:
            return f"{frames} at {self.fps:g} fps"
        return f"{frames} of varying duration, the last at {self.shown_s[-1]:g} s"

    def cut(self, span: TimeSpan) -> tuple[int, int]:
        """First frame and one past the last of a span; beyond the end, the last frame's duration goes on.

        A frame is taken if the middle of the time it lasts lies in the span: frame t of
        [shown_t, shown_t+1) if start_s <= (shown_t + shown_t+1) / 2 < stop_s, the last one lasting as
        long as the one before it. At a constant rate, shown_t = t / fps, that is round(start fps) to
        round(stop fps), with halves rounded to the even frame. Spans that follow each other
        share no frame and leave none out.
        """
        if self.shown_s is None:
            return round(span.start_s * self.fps), round(span.stop_s * self.fps)
        lasts_s = np.diff(self.shown_s)
        last_s = lasts_s[lasts_s > 0][-1]
        end_s = self.shown_s[-1] + last_s
        middles_s = (self.shown_s + np.append(self.shown_s[1:], end_s)) / 2
        first, stop = np.searchsorted(middles_s, (span.start_s, span.stop_s)).tolist()
        return first, stop + max(0, round((span.stop_s - end_s) / last_s))


def varying(shown_s: NDArray[np.float64], fps: float) -> NDArray[np.float64] | None:
    """The times of frames, float64 [frames], if no constant rate tells them; else None.

    They vary if some frame appears more than half a frame earlier or later than the rate says: containers
    round their times, to milliseconds for instance. Times that decrease, or that a file does not have (then
    they are all equal), tell nothing.
    """
    times = shown_s - shown_s[0]
    if not np.isfinite(times).all() or (np.diff(times) < 0).any() or not times[-1] > 0:
        return None
    if math.isfinite(fps) and fps > 0 and np.abs(times * fps - np.arange(len(times))).max() <= 0.5:
        return None
    return times


def packed(shown_s: NDArray[np.float64]) -> str:
    """Times of frames as a short text: microseconds between frames, compressed."""
    between_us = np.diff(np.rint(shown_s * 1e6).astype(np.int64))
    return base64.b64encode(zlib.compress(between_us.astype("<i8").tobytes())).decode("ascii")


def unpacked(text: str) -> NDArray[np.float64]:
    """The times that `packed` made a text of, to the microsecond: float64 [frames]."""
    between_us = np.frombuffer(zlib.decompress(base64.b64decode(text)), "<i8")
    return np.concatenate([[0], np.cumsum(between_us)]) / 1e6

"""The windows that paper 3 cuts out of a video, their rows of features, and how often a network is run.

A window is F consecutive frames; the LSTM reads its N chunks of L = F/N frames, the attention looks at T of
its frames, every (F/T)-th (paper 3, 4.1). Features exist for every g-th frame, the grid, and windows start on
it; the paper draws any start, which is g = 1 (paper 3, A8).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Starts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Windows:
    """frames: F. steps: N. attended: T. grid: g. Raises ValueError unless g divides F/N and F/T."""

    frames: int
    steps: int
    attended: int
    grid: int

    def __post_init__(self) -> None:
        if min(self.frames, self.steps, self.attended, self.grid) < 1 or any(
            self.frames % (parts * self.grid) for parts in (self.steps, self.attended)
        ):
            raise ValueError(f"{self}; wanted a grid that divides frames/steps and frames/attended")

    @property
    def chunk_frames(self) -> int:
        """L = F/N, the frames of a chunk."""
        return self.frames // self.steps

    def starts(self, frames: int) -> range:
        """The admissible first frames in a video of n frames: on the grid, 0..n-F.

        A video shorter than F is repeated from its start until F frames are there, so it has the one start 0.
        Raises ValueError for a video without frames.
        """
        if frames < 1:
            raise ValueError(f"{frames} frames; wanted 1 or more")
        return range(0, max(frames - self.frames, 0) + 1, self.grid)

    def chunk_rows(self, starts: Sequence[int] | Starts) -> NDArray[np.int64]:
        """The feature rows of the N chunks of windows from these frames: int64 [n] -> int64 [n, N].

        Raises ValueError for a start that is negative or off the grid.
        """
        return self._rows(starts, self.steps)

    def attended_rows(self, starts: Sequence[int] | Starts) -> NDArray[np.int64]:
        """The feature rows of the T attended frames: int64 [n] -> [n, T]; ValueError as `chunk_rows`."""
        return self._rows(starts, self.attended)

    def _rows(self, starts: Sequence[int] | Starts, parts: int) -> NDArray[np.int64]:
        first = np.asarray(starts, np.int64)
        if first.ndim != 1 or (first < 0).any() or (first % self.grid).any():
            raise ValueError(f"starts {first.tolist()}; wanted multiples of {self.grid} from 0")
        return (first[:, None] + np.arange(parts) * (self.frames // parts)) // self.grid


def window_starts(frames: int, windows: Windows, count: int, rng: np.random.Generator) -> Starts:
    """`count` admissible starts in a video of `frames` frames, uniform, with replacement: int64 [count]."""
    admissible = windows.starts(frames)
    return rng.integers(len(admissible), size=count) * windows.grid


def sampled_windows(
    video_id: str, frames: int, windows: Windows, *, random: int = 40, flipped: int = 40, seed: int
) -> tuple[Starts, Starts]:
    """The windows a test video is scored by (paper 3, 4.1): starts as filmed, int64 [random], and mirrored.

    The two are drawn independently (paper 3, A16), each from a generator of (seed, video_id) alone: every
    model sees the same windows, in whatever order and company the videos come.
    """
    plain = window_starts(frames, windows, random, _generator(seed, video_id, "plain"))
    return plain, window_starts(frames, windows, flipped, _generator(seed, video_id, "flipped"))


def _generator(seed: int, video_id: str, purpose: str) -> np.random.Generator:
    # Python's own hash differs from one process to the next.
    digest = hashlib.sha256(f"{seed}\n{purpose}\n{video_id}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def distinct(starts: Starts) -> tuple[Starts, NDArray[np.int64]]:
    """Each start once, increasing, and how often it was drawn: int64 [m], int64 [m]."""
    each, times = np.unique(starts, return_counts=True)
    return each, times.astype(np.int64)


class Evaluations(NamedTuple):
    """How often a network is run for one test video.

    naive: for every chunk or frame of every drawn window anew. computed: here, once a row of the grid and
    once more mirrored, whatever is drawn. least: for the rows that the drawn windows touch, each once.
    """

    naive: int
    computed: int
    least: int


def chunk_evaluations(frames: int, windows: Windows, plain: Starts, flipped: Starts) -> Evaluations:
    """What C3D costs for a video of n = `frames` frames and these windows. ValueError as `chunk_rows`."""
    last = max(frames, windows.frames) - windows.chunk_frames
    return _evaluations(last // windows.grid + 1, windows.chunk_rows(plain), windows.chunk_rows(flipped))


def attended_evaluations(frames: int, windows: Windows, plain: Starts, flipped: Starts) -> Evaluations:
    """What one network of single frames costs, as `chunk_evaluations`."""
    last = max(frames, windows.frames) - 1
    return _evaluations(
        last // windows.grid + 1, windows.attended_rows(plain), windows.attended_rows(flipped)
    )


def _evaluations(rows: int, plain: NDArray[np.int64], flipped: NDArray[np.int64]) -> Evaluations:
    return Evaluations(plain.size + flipped.size, 2 * rows, len(np.unique(plain)) + len(np.unique(flipped)))

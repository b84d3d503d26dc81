"""Snippets of consecutive frames from stored features, for the recurrent models of paper 4 (5.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from repro.input_pipeline.batches import FRAMES
from repro.input_pipeline.stored_batches import Features, StoredBatches
from repro.types import VideoRef

ReadPart = Callable[[VideoRef, int, int], Features]  # video, start, stop -> rows start..stop-1


def read_snippets(
    read_part: ReadPart, ref: VideoRef, frames: int, starts: Sequence[int], steps: int
) -> dict[str, NDArray[np.float32]]:
    """Snippets of T = `steps` frames of one video: {input: float32 [n, T, ...]}, one for each of `starts`.

    frames: F, the video's. Behind its end the features of the last frame are repeated. What the snippets
    cover is read once, in one piece. Raises ValueError for a start outside 0..F-1.
    """
    rows = np.minimum(np.asarray(starts)[:, None] + np.arange(steps), frames - 1)
    if not rows.size or min(starts) < 0 or max(starts) >= frames:
        raise ValueError(f"snippets of {steps} frames from {list(starts)} of {frames}; wanted starts inside")
    first = int(rows.min())
    part = read_part(ref, first, int(rows.max()) + 1)
    return {name: array[rows - first] for name, array in part.items()}


class SnippetBatches(StoredBatches):
    """One snippet of T = `steps` consecutive frames of every video, with its label.

    Batches are ({input: float32 [B, T, ...]}, {"frame": int32 [B]}), the inputs as `read_part` names them.
    With `shuffle` each snippet starts anywhere, drawn anew in every epoch, that leaves room for T frames;
    without, it is the middle one. A video shorter than T is followed by copies of its last frame, which count
    like all others.

    read_part(ref, start, stop): the features of these frames, [stop - start, ...] each. length(ref): how many
    there are. Both are called in threads. shuffle, workers, failure: as in `Batches`.
    """

    def __init__(
        self,
        refs: Sequence[VideoRef],
        read_part: ReadPart,
        length: Callable[[VideoRef], int],
        *,
        steps: int,
        batch: int,
        seed: int,
        shuffle: bool,
        workers: int | None = None,
    ) -> None:
        super().__init__(refs, ("frame",), batch=batch, seed=seed, shuffle=shuffle, workers=workers)
        if steps < 1:
            raise ValueError(f"steps is {steps}; wanted at least one video, and one step of it")
        self.read_part, self.length, self.steps = read_part, length, steps
        first = read_part(self.refs[0], 0, 1)
        self.shapes = {name: (steps, *array.shape[1:]) for name, array in first.items()}

    def start(self, epoch: int, video: int, frames: int) -> int:
        """Where the snippet of a video of that many frames starts."""
        room = max(0, frames - self.steps)
        if not self.shuffle:
            return room // 2
        return int(self.rng(FRAMES, epoch, video).integers(room + 1))

    def read(self, epoch: int, video: int) -> Features:
        ref = self.refs[video]
        frames = self.length(ref)
        start = self.start(epoch, video, frames)
        snippet = read_snippets(self.read_part, ref, frames, [start], self.steps)
        return {name: array[0] for name, array in snippet.items()}

"""Windows of stored features for the decoder of paper 3: what the LSTM reads, and what it attends to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.input_pipeline.batches import CHANGE, FRAMES
from repro.input_pipeline.stored_batches import Features, StoredBatches
from repro.sampling.windows import Windows
from repro.types import VideoRef

INPUTS = ("input", "attended")
FLIPPED = "_flipped"  # the suffix of an array that was made of mirrored frames


class Stored(NamedTuple):
    """Where an input of the decoder lies: a store's `read_part`, and the name of an array there."""

    read_part: Callable[[VideoRef, int, int, Sequence[str]], Features]
    name: str


def read_windows(
    sources: Mapping[str, Stored],
    ref: VideoRef,
    starts: Sequence[int] | NDArray[np.int64],
    windows: Windows,
    *,
    flipped: bool = False,
) -> dict[str, NDArray[np.float32]]:
    """Windows of one video: {"input": float32 [n, N, D], "attended": [n, T, D_a]}, one for each of `starts`.

    sources: "input", and "attended" where the model attends. flipped: read what was made of mirrored frames,
    for both alike. What the windows of an input cover is read once, in one piece. Raises ValueError for no
    start, one off the grid, other inputs, and rows that are not stored; InputError as the stores do.
    """
    if "input" not in sources or set(sources) - set(INPUTS) or not len(starts):
        raise ValueError(
            f"{len(starts)} windows of {', '.join(sources)}; wanted 1 or more of input, attended"
        )
    inputs = {}
    for key, (read_part, name) in sources.items():
        rows = windows.chunk_rows(starts) if key == "input" else windows.attended_rows(starts)
        array = name + FLIPPED if flipped else name
        first = int(rows.min())
        inputs[key] = read_part(ref, first, int(rows.max()) + 1, (array,))[array][rows - first]
    return inputs


class WindowBatches(StoredBatches):
    """One window of F frames of every video, with its label.

    Batches are ({"input": float32 [B, N, D], "attended": float32 [B, T, D_a]}, {"frame": int32 [B]}), without
    "attended" where `sources` lacks it, and targets float32 [B, K] for multi_label = K. With `shuffle` each
    window starts anywhere on the grid that leaves room for F frames, drawn anew in every epoch, and is read
    mirrored with `flip_probability` (paper 3, A25); without, it is the middle one, as filmed. A video shorter
    than F has the one window 0.

    lengths: video_id -> decoded frames. seed, shuffle, workers, failure: as in `Batches`. Raises
    ValueError for senseless sizes and as `read_windows`.
    """

    def __init__(
        self,
        refs: Sequence[VideoRef],
        sources: Mapping[str, Stored],
        lengths: Mapping[str, int],
        windows: Windows,
        *,
        batch: int,
        seed: int,
        shuffle: bool,
        flip_probability: float = 0.0,
        multi_label: int | None = None,
        workers: int | None = None,
    ) -> None:
        super().__init__(
            refs,
            ("frame",),
            batch=batch,
            seed=seed,
            shuffle=shuffle,
            multi_label=multi_label,
            workers=workers,
        )
        if not 0 <= flip_probability <= 1:
            raise ValueError(f"flip_probability is {flip_probability}; wanted 0 to 1")
        self.sources, self.lengths, self.windows = dict(sources), lengths, windows
        self.flip_probability = flip_probability
        first = read_windows(self.sources, self.refs[0], [0], windows)
        self.shapes = {name: array.shape[1:] for name, array in first.items()}

    def drawn(self, epoch: int, video: int) -> tuple[int, bool]:
        """The first frame of a video's window, and whether it is read mirrored."""
        starts = self.windows.starts(self.lengths[self.refs[video].video_id])
        if not self.shuffle:
            return starts[(len(starts) - 1) // 2], False
        start = starts[int(self.rng(FRAMES, epoch, video).integers(len(starts)))]
        return start, bool(self.rng(CHANGE, epoch, video).random() < self.flip_probability)

    def read(self, epoch: int, video: int) -> Features:
        start, flipped = self.drawn(epoch, video)
        sample = read_windows(self.sources, self.refs[video], [start], self.windows, flipped=flipped)
        return {name: array[0] for name, array in sample.items()}

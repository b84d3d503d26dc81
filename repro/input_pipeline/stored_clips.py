"""All clips of every video from stored features, for the joint attention of paper 5 (C4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from repro.input_pipeline.snippet_batches import ReadPart, read_snippets
from repro.input_pipeline.stored_batches import Features, StoredBatches
from repro.sampling.clips import clip_starts
from repro.types import VideoRef


class StoredClips(StoredBatches):
    """Every clip of every video once an epoch, with the label of its video.

    Batches are ({input: float32 [B, T, ...]}, {output: int32 [B]}), T = `clip_len`, the inputs as `read_part`
    names them, the labels under each of `outputs`. Clips start `stride` frames apart (`clip_starts`); a video
    shorter than T is followed by copies of its last frame. With `shuffle` an epoch has its own order over the
    clips of all videos; without, they come video by video, in time.

    read_part(ref, start, stop): the features of these frames, [stop - start, ...] each; called in threads.
    length(ref): how many there are, asked here, once a video. workers, failure: as in `Batches`.
    Raises ValueError for senseless sizes, no videos, no outputs, and a video without frames.
    """

    def __init__(
        self,
        refs: Sequence[VideoRef],
        read_part: ReadPart,
        length: Callable[[VideoRef], int],
        *,
        clip_len: int,
        stride: int,
        batch: int,
        seed: int,
        shuffle: bool,
        outputs: Sequence[str],
        workers: int | None = None,
    ) -> None:
        lengths = [length(ref) for ref in refs]
        starts = [clip_starts(frames, clip_len, stride) for frames in lengths]
        of_each_clip = [ref for ref, clips in zip(refs, starts, strict=True) for _ in clips]
        super().__init__(of_each_clip, outputs, batch=batch, seed=seed, shuffle=shuffle, workers=workers)
        self.read_part, self.clip_len = read_part, clip_len
        self.starts = np.concatenate(starts)  # int64 [clips], as `refs`
        self.lengths = np.repeat(lengths, [len(clips) for clips in starts])
        first = read_part(self.refs[0], 0, 1)
        self.shapes = {name: (clip_len, *array.shape[1:]) for name, array in first.items()}

    @property
    def clips(self) -> int:
        """How many clips an epoch has."""
        return len(self.refs)

    def read(self, epoch: int, video: int) -> Features:
        """A clip by its position: {input: float32 [T, ...]}. It is the same in every epoch."""
        clip = read_snippets(
            self.read_part,
            self.refs[video],
            int(self.lengths[video]),
            [int(self.starts[video])],
            self.clip_len,
        )
        return {name: array[0] for name, array in clip.items()}

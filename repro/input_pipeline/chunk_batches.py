"""Chunks of consecutive frames from video files, to fine-tune C3D (paper 3, A21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from repro.input_pipeline.clip_batches import ClipBatches, Images
from repro.types import VideoRef
from repro.video import decode, geometry


class ChunkBatches(ClipBatches):
    """Chunks of L = `length` consecutive frames with the labels of their videos.

    With `shuffle` an epoch visits every clip once in a drawn order and takes `chunks_per_visit` chunks that
    start at frames drawn without replacement, any that leave room; without, every epoch is the same: clips in
    the given order, evenly spaced starts. A video shorter than L is repeated from its start. Batches are
    (uint8 [B, L, H, W, 3] RGB, {head: int32 [B]}), whole frames resized to H x W; cropping and mirroring are
    the network's. lengths: as in `FrameBatches`. multi_label, workers, failure: as in `Batches`.
    """

    def __init__(
        self,
        refs: Sequence[VideoRef],
        lengths: Mapping[str, int],
        *,
        length: int,
        height: int,
        width: int,
        chunks_per_visit: int,
        batch: int,
        seed: int,
        shuffle: bool,
        heads: Sequence[str],
        multi_label: int | None = None,
        mix_clips: int = 16,
        workers: int | None = None,
    ) -> None:
        self.length, self.height, self.width = length, height, width
        super().__init__(
            refs,
            lengths,
            shape=(length, height, width, 3),
            per_visit=chunks_per_visit,
            batch=batch,
            seed=seed,
            shuffle=shuffle,
            heads=heads,
            multi_label=multi_label,
            mix_clips=mix_clips,
            workers=workers,
        )

    def choices(self, clip: int) -> range:
        return range(max(self.lengths[self.refs[clip].video_id] - self.length, 0) + 1)

    def read(self, epoch: int, clip: int, frames: list[int]) -> Images:
        ref = self.refs[clip]
        chunks = (np.array(frames)[:, None] + np.arange(self.length)) % self.lengths[ref.video_id]
        needed, places = np.unique(chunks, return_inverse=True)
        resize = geometry.to_size(self.height, self.width)
        small = decode.read_frames(ref.path, needed, ref.segment, resize)
        return dict(zip(frames, small[places.reshape(chunks.shape)], strict=True))

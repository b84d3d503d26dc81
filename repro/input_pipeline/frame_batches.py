"""Single frames from video files, for networks that see one frame at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from repro.augment import Changes, affine, jitter, sample
from repro.input_pipeline.batches import CHANGE
from repro.input_pipeline.clip_batches import ClipBatches, Images
from repro.types import VideoRef
from repro.video import decode, geometry


class FrameBatches(ClipBatches):
    """Single frames with the labels of their videos.

    With an `augmentation` an epoch visits every clip once in a drawn order and takes `frames_per_visit` of
    its frames, drawn without replacement (all, if it has fewer). Without one every epoch is the same: clips
    in the given order, evenly spaced frames, cut by `geometry.square` with `resized`. Batches are
    (uint8 [B, S, S, 3] RGB, {head: int32 [B]}), with the same labels for every head; multi_label = K
    makes them float32 [B, K], 1 for every class of a video.

    lengths: video_id -> decoded frames. workers, failure: as in `Batches`.
    """

    def __init__(
        self,
        refs: Sequence[VideoRef],
        lengths: Mapping[str, int],
        *,
        size: int,
        frames_per_visit: int,
        batch: int,
        seed: int,
        augmentation: Changes | None,
        heads: Sequence[str],
        resized: int | None = None,
        multi_label: int | None = None,
        mix_clips: int = 64,
        workers: int | None = None,
    ) -> None:
        self.size, self.augmentation, self.resized = size, augmentation, resized
        super().__init__(
            refs,
            lengths,
            shape=(size, size, 3),
            per_visit=frames_per_visit,
            batch=batch,
            seed=seed,
            shuffle=augmentation is not None,
            heads=heads,
            multi_label=multi_label,
            mix_clips=mix_clips,
            workers=workers,
        )

    def read(self, epoch: int, clip: int, frames: list[int]) -> Images:
        ref = self.refs[clip]
        chosen = decode.chosen_frames(ref.path, np.array(frames), ref.segment, in_turn=True)
        with closing(chosen) as decoded:
            return {
                frame: self._changed(image, epoch, clip, frame)
                for frame, image in zip(frames, decoded, strict=True)
            }

    def _changed(self, image: NDArray[np.uint8], epoch: int, clip: int, frame: int) -> NDArray[np.uint8]:
        if self.augmentation is None:
            return geometry.square(image, self.size, self.resized)
        height, width = image.shape[:2]
        change = sample(self.augmentation, self.rng(CHANGE, epoch, clip, frame), height, width)
        return jitter(geometry.warp(image, affine(change, height, width, self.size), self.size), change)

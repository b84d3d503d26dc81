"""Stacks of stored optical flow, for the temporal network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from repro.augment import Augmentation, Changes, affine, sample
from repro.flow import coding
from repro.input_pipeline.batches import CHANGE
from repro.input_pipeline.clip_batches import ClipBatches, Images
from repro.types import InputError, VideoRef
from repro.video import geometry


class Fields(Protocol):
    """Coded flow of a video, uint8 [T-1, H, W, 2]: an array, or what decodes only the fields asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, which: slice | NDArray[np.integer], /) -> NDArray[np.uint8]: ...


class FlowBatches(ClipBatches):
    """Flow stacks with the labels of their videos: `FrameBatches`, one stack instead of one frame.

    load: gives the coded flow of a video, uint8 [T-1, H, W, 2]. Batches are (uint8 [B, S, S, 2 * fields],
    {head: int32 [B]}), the channels as `coding.stack` has them.

    pairing: which fields are a frame's. `before`: the `fields` that end at it (papers 1 and 2), none at frame
    0. `next`: the one that leads on from it (paper 4), none at the last frame. A frame without flow is taken
    only of clips of one frame, and shows no motion. `stacks_per_visit`, lengths, workers, failure: as in
    `FrameBatches`.

    augmentation: flip and crop, one sample for all fields of a stack; a flip also turns x round
    (`coding.opposite_x`). The displacements are not rescaled with the picture. Colours are not changed, and
    turning the picture, which would have to turn its vectors, is refused by ValueError.
    """

    def __init__(
        self,
        refs: Sequence[VideoRef],
        load: Callable[[VideoRef], Fields],
        lengths: Mapping[str, int],
        *,
        size: int,
        stacks_per_visit: int,
        fields: int = coding.FIELDS,
        pairing: str = "before",
        batch: int,
        seed: int,
        augmentation: Changes | None,
        heads: Sequence[str],
        mix_clips: int = 64,
        workers: int | None = None,
    ) -> None:
        if isinstance(augmentation, Augmentation) and augmentation.rotation_deg:
            raise ValueError(f"rotation_deg is {augmentation.rotation_deg}; wanted 0 for flow")
        if pairing not in ("before", "next") or (pairing == "next" and fields != 1):
            raise ValueError(f"pairing {pairing!r} of {fields} fields; wanted before, or next of 1")
        self.load, self.fields, self.pairing = load, fields, pairing
        self.size, self.augmentation = size, augmentation
        super().__init__(
            refs,
            lengths,
            shape=(size, size, 2 * fields),
            per_visit=stacks_per_visit,
            batch=batch,
            seed=seed,
            shuffle=augmentation is not None,
            heads=heads,
            mix_clips=mix_clips,
            workers=workers,
        )

    def choices(self, clip: int) -> range:
        length = self.lengths[self.refs[clip].video_id]
        if self.pairing == "next":
            return range(coding.frames_with_flow(length))
        return range(min(1, length - 1), length)

    def read(self, epoch: int, clip: int, frames: list[int]) -> Images:
        ref = self.refs[clip]
        coded = self.load(ref)
        if len(coded) != self.lengths[ref.video_id] - 1:
            raise InputError(
                f"video {ref.video_id} has {self.lengths[ref.video_id]} frames but {len(coded)} flow fields, "
                "wanted one fewer than frames; run the flow stage again"
            )
        return {frame: self._changed(coded, epoch, clip, frame) for frame in frames}

    def _changed(self, coded: Fields, epoch: int, clip: int, frame: int) -> NDArray[np.uint8]:
        if self.pairing == "next":
            chosen = coded[frame : frame + 1]
        else:
            chosen = coded[coding.fields_before(frame, self.fields)]
        height, width = chosen.shape[1:3]
        changed = np.empty((len(chosen), self.size, self.size, 2), np.uint8)
        if self.augmentation is None:
            for f, field in enumerate(chosen):
                changed[f] = geometry.resize(field, self.size, self.size)
            return coding.interleaved(changed, self.fields)
        change = sample(self.augmentation, self.rng(CHANGE, epoch, clip, frame), height, width)
        matrix = affine(change, height, width, self.size)
        for f, field in enumerate(chosen):
            changed[f] = geometry.warp(field, matrix, self.size)
        stack = coding.interleaved(changed, self.fields)
        return coding.opposite_x(stack) if change.flip else stack

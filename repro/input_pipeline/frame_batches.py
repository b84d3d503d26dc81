"""Single frames from video files, for networks that see one frame at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from repro.augment import Augmentation, affine, draw, jitter
from repro.input_pipeline.stream import CHANGE, FRAMES, MIX, ORDER, Batch, as_dataset, steps_left
from repro.types import VideoRef
from repro.video import decode, geometry, sampling

Images = dict[int, NDArray[np.uint8]]  # frame -> [S, S, 3]


class FrameBatches:
    """Single frames with the labels of their videos.

    With an `augmentation` an epoch visits every clip once in a drawn order and takes `frames_per_visit` of
    its frames, drawn without replacement (all, if it has fewer). Without one every epoch is the same: clips
    in the given order, evenly spaced frames, the whole frame resized. Batches are
    (uint8 [B, S, S, 3] RGB, {head: int32 [B]}), with the same labels for every head.

    lengths: video_id -> decoded frames. workers: threads, by default one a core. `failure` keeps a
    BrokenVideo met while reading, since tf.data reports it in words of its own.
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
        augmentation: Augmentation | None,
        heads: Sequence[str],
        mix_clips: int = 64,
        workers: int | None = None,
    ) -> None:
        smallest = min(size, frames_per_visit, batch, mix_clips, workers or 1)
        if not refs or not heads or smallest < 1 or seed < 0:
            raise ValueError("wanted at least one video and head, positive sizes and a seed of 0 or more")
        self.refs, self.lengths, self.heads = tuple(refs), lengths, tuple(heads)
        self.size, self.frames_per_visit, self.batch = size, frames_per_visit, batch
        self.seed, self.augmentation, self.mix_clips = seed, augmentation, mix_clips
        self.workers = workers or os.cpu_count() or 1
        self.failure: decode.BrokenVideo | None = None
        frames = sum(min(frames_per_visit, lengths[ref.video_id]) for ref in self.refs)
        self.steps_per_epoch = -(-frames // batch)

    def dataset(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        """Batches `start_step` onwards of an epoch; both count from 0."""
        signature = (
            tf.TensorSpec((None, self.size, self.size, 3), tf.uint8),
            {head: tf.TensorSpec((None,), tf.int32) for head in self.heads},
        )
        steps = steps_left(self.steps_per_epoch, start_step)
        return as_dataset(lambda: self._batches(epoch, start_step), signature, steps)

    def plan(self, epoch: int) -> list[NDArray[np.int64]]:
        """(clip, frame) of every sample of an epoch in order: int64 [n, 2] for each window of mixed clips."""
        clips = np.arange(len(self.refs))
        if self.augmentation:
            clips = self._rng(ORDER, epoch).permutation(clips)
        windows = []
        for start in range(0, len(clips), self.mix_clips):
            window = np.concatenate(
                [
                    [(clip, frame) for frame in self._frames(epoch, int(clip))]
                    for clip in clips[start : start + self.mix_clips]
                ]
            )
            windows.append(self._rng(MIX, epoch, start).permutation(window) if self.augmentation else window)
        return windows

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *key])

    def _frames(self, epoch: int, clip: int) -> NDArray[np.int64]:
        length = self.lengths[self.refs[clip].video_id]
        if self.augmentation is None:
            return sampling.spaced(self.frames_per_visit, length)
        return sampling.sampled(self.frames_per_visit, length, self._rng(FRAMES, epoch, clip))

    def _batches(self, epoch: int, start_step: int) -> Iterator[Batch]:
        images: list[NDArray[np.uint8]] = []
        clips: list[int] = []
        for image, clip in self._samples(epoch, start_step * self.batch):
            images.append(image)
            clips.append(clip)
            if len(images) == self.batch:
                yield self._batch(images, clips)
                images, clips = [], []
        if images:
            yield self._batch(images, clips)

    def _batch(self, images: list[NDArray[np.uint8]], clips: list[int]) -> Batch:
        labels = np.array([self.refs[clip].label for clip in clips], dtype=np.int32)
        return np.stack(images), dict.fromkeys(self.heads, labels)

    def _samples(self, epoch: int, skip: int) -> Iterator[tuple[NDArray[np.uint8], int]]:
        """Frames in planned order without the first `skip`; the next window is decoded while one is used."""
        ahead: deque[tuple[NDArray[np.int64], dict[int, Future[Images]]]] = deque()
        pool = ThreadPoolExecutor(self.workers)
        try:
            for window in self.plan(epoch):
                window, skip = window[skip:], max(0, skip - len(window))
                ahead.append((window, self._submit(pool, epoch, window)))
                if len(ahead) > 1:
                    yield from _in_order(*ahead.popleft())
            while ahead:
                yield from _in_order(*ahead.popleft())
        except decode.BrokenVideo as broken:
            self.failure = broken
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _submit(
        self, pool: ThreadPoolExecutor, epoch: int, window: NDArray[np.int64]
    ) -> dict[int, Future[Images]]:
        frames: dict[int, list[int]] = {}
        for clip, frame in window.tolist():
            frames.setdefault(clip, []).append(frame)
        return {clip: pool.submit(self._read, epoch, clip, sorted(found)) for clip, found in frames.items()}

    def _read(self, epoch: int, clip: int, frames: list[int]) -> Images:
        ref = self.refs[clip]
        decoded = decode.read_frames(ref.path, np.array(frames), ref.segment)
        return {
            frame: self._changed(image, epoch, clip, frame)
            for frame, image in zip(frames, decoded, strict=True)
        }

    def _changed(self, image: NDArray[np.uint8], epoch: int, clip: int, frame: int) -> NDArray[np.uint8]:
        if self.augmentation is None:
            return geometry.resize(image, self.size, self.size)
        height, width = image.shape[:2]
        change = draw(self.augmentation, self._rng(CHANGE, epoch, clip, frame), height, width)
        return jitter(geometry.warp(image, affine(change, height, width, self.size), self.size), change)


def _in_order(
    window: NDArray[np.int64], reading: dict[int, Future[Images]]
) -> Iterator[tuple[NDArray[np.uint8], int]]:
    for clip, frame in window.tolist():
        yield reading[clip].result()[frame], clip

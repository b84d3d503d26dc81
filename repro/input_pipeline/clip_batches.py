"""What batches of decoded images have in common: plan, threads, order, and the start inside an epoch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from repro.input_pipeline.stream import (
    FRAMES,
    MIX,
    ORDER,
    Batch,
    as_dataset,
    labels_of,
    labels_spec,
    steps_left,
)
from repro.sampling import frames as sampling
from repro.types import InputError, VideoRef
from repro.video.budget import threads

Images = dict[int, NDArray[np.uint8]]  # frame -> what belongs to it, of the source's shape


class ClipBatches(ABC):
    """Images that belong to, or start at, single frames, with the labels of their videos: `FrameBatches`.

    A subclass says how one clip's images are made (`read`), and may say which of its frames can be chosen
    (`choices`). lengths: video_id -> decoded frames. shape: of one image, [S, S, C] or [L, H, W, C]. shuffle:
    frames and orders are drawn anew in each epoch; else frames are evenly spaced and all in order.
    multi_label: K for targets float32 [B, K] instead of int32 [B], see `stream.labels_of`. workers: threads,
    as `budget.threads` has it. `failure` keeps an InputError met while reading, since tf.data reports it in
    words of its own.
    """

    def __init__(
        self,
        refs: Sequence[VideoRef],
        lengths: Mapping[str, int],
        *,
        shape: tuple[int, ...],
        per_visit: int,
        batch: int,
        seed: int,
        shuffle: bool,
        heads: Sequence[str],
        multi_label: int | None = None,
        mix_clips: int,
        workers: int | None,
    ) -> None:
        smallest = min(*shape, per_visit, batch, mix_clips, workers or 1)
        if not refs or not heads or smallest < 1 or seed < 0:
            raise ValueError("wanted at least one video and head, positive sizes and a seed of 0 or more")
        self.refs, self.lengths, self.heads = tuple(refs), lengths, tuple(heads)
        self.shape, self.per_visit, self.batch, self.multi_label = shape, per_visit, batch, multi_label
        self.seed, self.shuffle, self.mix_clips = seed, shuffle, mix_clips
        self.workers = threads(workers)
        self.failure: InputError | OSError | None = None
        samples = sum(min(per_visit, len(self.choices(clip))) for clip in range(len(self.refs)))
        self.steps_per_epoch = -(-samples // batch)

    @abstractmethod
    def read(self, epoch: int, clip: int, frames: list[int]) -> Images:
        """The changed images of one clip's chosen frames, increasing; called in threads."""

    def choices(self, clip: int) -> range:
        """The frames of a clip that a visit chooses from."""
        return range(self.lengths[self.refs[clip].video_id])

    def dataset(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        """Batches `start_step` onwards of an epoch; both count from 0."""
        signature = (
            tf.TensorSpec((None, *self.shape), tf.uint8),
            dict.fromkeys(self.heads, labels_spec(self.multi_label)),
        )
        steps = steps_left(self.steps_per_epoch, start_step)
        return as_dataset(lambda: self._batches(epoch, start_step), signature, steps)

    def plan(self, epoch: int) -> list[NDArray[np.int64]]:
        """(clip, frame) of every sample of an epoch in order: int64 [n, 2] for each window of mixed clips."""
        clips = np.arange(len(self.refs))
        if self.shuffle:
            clips = self.rng(ORDER, epoch).permutation(clips)
        windows = []
        for start in range(0, len(clips), self.mix_clips):
            window = np.concatenate(
                [
                    [(clip, frame) for frame in self._frames(epoch, int(clip))]
                    for clip in clips[start : start + self.mix_clips]
                ]
            )
            windows.append(self.rng(MIX, epoch, start).permutation(window) if self.shuffle else window)
        return windows

    def rng(self, *key: int) -> np.random.Generator:
        """The random numbers of one purpose (see `stream`), of an epoch, a clip, a frame."""
        return np.random.default_rng([self.seed, *key])

    def _frames(self, epoch: int, clip: int) -> NDArray[np.int64]:
        choices = self.choices(clip)
        if not self.shuffle:
            return choices.start + sampling.spaced(self.per_visit, len(choices))
        rng = self.rng(FRAMES, epoch, clip)
        return choices.start + sampling.sampled(self.per_visit, len(choices), rng)

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
        labels = labels_of([self.refs[clip] for clip in clips], self.multi_label)
        return np.stack(images), dict.fromkeys(self.heads, labels)

    def _samples(self, epoch: int, skip: int) -> Iterator[tuple[NDArray[np.uint8], int]]:
        """Images in planned order without the first `skip`; the next window is read while one is used."""
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
        except (InputError, OSError) as error:
            self.failure = error
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _submit(
        self, pool: ThreadPoolExecutor, epoch: int, window: NDArray[np.int64]
    ) -> dict[int, Future[Images]]:
        frames: dict[int, list[int]] = {}
        for clip, frame in window.tolist():
            frames.setdefault(clip, []).append(frame)
        return {clip: pool.submit(self.read, epoch, clip, sorted(found)) for clip, found in frames.items()}


def _in_order(
    window: NDArray[np.int64], reading: dict[int, Future[Images]]
) -> Iterator[tuple[NDArray[np.uint8], int]]:
    for clip, frame in window.tolist():
        yield reading[clip].result()[frame], clip

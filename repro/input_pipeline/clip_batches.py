"""What batches of decoded images have in common: which frames an epoch takes, mixed over several clips."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from repro.input_pipeline.batches import FRAMES, MIX, Batch, Batches
from repro.sampling import frames as sampling
from repro.types import VideoRef

Images = dict[int, NDArray[np.uint8]]  # frame -> what belongs to it, of the source's shape
Window = tuple[
    NDArray[np.int64], dict[int, Future[Images]]
]  # (clip, frame) [n, 2], what threads read of each


class ClipBatches(Batches):
    """Images that belong to, or start at, single frames, with the labels of their videos: `FrameBatches`.

    A subclass says how one clip's images are made (`read`), and may say which of its frames can be chosen
    (`choices`). lengths: video_id -> decoded frames. shape: of one image, [S, S, C] or [L, H, W, C]. shuffle:
    frames and orders are drawn anew in each epoch; else frames are evenly spaced and all in order. heads: the
    outputs. The rest, and `failure`: as in `Batches`.
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
        super().__init__(
            refs,
            heads,
            batch=batch,
            seed=seed,
            shuffle=shuffle,
            multi_label=multi_label,
            workers=workers,
            sizes=(*shape, per_visit, mix_clips),
        )
        self.lengths, self.shape, self.per_visit, self.mix_clips = lengths, shape, per_visit, mix_clips
        self.samples = sum(min(per_visit, len(self.choices(clip))) for clip in range(len(self.refs)))

    @abstractmethod
    def read(self, epoch: int, clip: int, frames: list[int]) -> Images:
        """The changed images of one clip's chosen frames, increasing; called in threads."""

    def choices(self, clip: int) -> range:
        """The frames of a clip that a visit chooses from."""
        return range(self.lengths[self.refs[clip].video_id])

    @property
    def input_spec(self) -> tf.TensorSpec:
        return tf.TensorSpec((None, *self.shape), tf.uint8)

    def plan(self, epoch: int) -> list[NDArray[np.int64]]:
        """(clip, frame) of every sample of an epoch in order: int64 [n, 2] for each window of mixed clips."""
        clips = self.order(epoch)
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

    def _frames(self, epoch: int, clip: int) -> NDArray[np.int64]:
        choices = self.choices(clip)
        if not self.shuffle:
            return choices.start + sampling.spaced(self.per_visit, len(choices))
        rng = self.rng(FRAMES, epoch, clip)
        return choices.start + sampling.sampled(self.per_visit, len(choices), rng)

    def made(self, epoch: int, start_step: int) -> Iterator[Batch]:
        images: list[NDArray[np.uint8]] = []
        clips: list[int] = []
        for image, clip in self._samples(epoch, start_step * self.batch):
            images.append(image)
            clips.append(clip)
            if len(images) == self.batch:
                yield np.stack(images), self.targets(clips)
                images, clips = [], []
        if images:
            yield np.stack(images), self.targets(clips)

    def _samples(self, epoch: int, skip: int) -> Iterator[tuple[NDArray[np.uint8], int]]:
        """Images in planned order without the first `skip`; the next window is read while one is used."""

        def begin(pool: ThreadPoolExecutor, window: NDArray[np.int64]) -> Window:
            frames: dict[int, list[int]] = {}
            for clip, frame in window.tolist():
                frames.setdefault(clip, []).append(frame)
            reads = {clip: pool.submit(self.read, epoch, clip, sorted(of)) for clip, of in frames.items()}
            return window, reads

        return self.one_ahead(begin, _without_first(skip, self.plan(epoch)), _in_order)


def _without_first(skip: int, windows: list[NDArray[np.int64]]) -> Iterator[NDArray[np.int64]]:
    for window in windows:
        yield window[skip:]
        skip = max(0, skip - len(window))


def _in_order(begun: Window) -> Iterator[tuple[NDArray[np.uint8], int]]:
    window, reading = begun
    for clip, frame in window.tolist():
        yield reading[clip].result()[frame], clip

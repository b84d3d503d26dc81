"""What batches of stored features have in common: order, threads one batch ahead, the start in an epoch."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from repro.input_pipeline.stream import ORDER, Batch, as_dataset, labels_of, labels_spec, steps_left
from repro.types import InputError, VideoRef

Features = Mapping[str, NDArray[np.float32]]  # input -> [n, ...]


class StoredBatches(ABC):
    """One sample of every video an epoch, with its label. See `SnippetBatches` and `WindowBatches`.

    A subclass says what a video's sample is (`read`, called in threads, one batch ahead) and, in `shapes`,
    the shape of each of its inputs, [T, ...]. With `shuffle` an epoch has its own order, without, videos come
    in the given one. A video that is given several times has as many samples (`StoredClips`).
    outputs: names of the model's outputs; each has the same targets. multi_label: K for targets float32
    [B, K] instead of int32 [B], see `stream.labels_of`. workers: threads, by default one a core. `failure`
    keeps an InputError met while reading, since tf.data reports it in words of its own.
    """

    shapes: Mapping[str, tuple[int, ...]]

    def __init__(
        self,
        refs: Sequence[VideoRef],
        *,
        batch: int,
        seed: int,
        shuffle: bool,
        outputs: Sequence[str] = ("frame",),
        multi_label: int | None = None,
        workers: int | None = None,
    ) -> None:
        if not refs or not outputs or min(batch, workers or 1) < 1 or seed < 0:
            raise ValueError("wanted at least one video and output, positive sizes and a seed of 0 or more")
        self.refs, self.batch, self.seed, self.shuffle = tuple(refs), batch, seed, shuffle
        self.outputs, self.multi_label = tuple(outputs), multi_label
        self.workers = workers or os.cpu_count() or 1
        self.failure: InputError | OSError | None = None
        self.steps_per_epoch = -(-len(self.refs) // batch)

    @abstractmethod
    def read(self, epoch: int, video: int) -> Features:
        """The sample of one video by its position in `refs`: {input: float32 [T, ...]}."""

    def dataset(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        """Batches `start_step` onwards of an epoch; both count from 0."""
        signature = (
            {name: tf.TensorSpec((None, *shape), tf.float32) for name, shape in self.shapes.items()},
            dict.fromkeys(self.outputs, labels_spec(self.multi_label)),
        )
        steps = steps_left(self.steps_per_epoch, start_step)
        return as_dataset(lambda: self._batches(epoch, start_step), signature, steps)

    def rng(self, *key: int) -> np.random.Generator:
        """The random numbers of one purpose (see `stream`), of an epoch, a video."""
        return np.random.default_rng([self.seed, *key])

    def _batches(self, epoch: int, start_step: int) -> Iterator[Batch]:
        videos = np.arange(len(self.refs))
        if self.shuffle:
            videos = self.rng(ORDER, epoch).permutation(videos)
        batches = [
            videos[start : start + self.batch].tolist()
            for start in range(start_step * self.batch, len(videos), self.batch)
        ]
        pool = ThreadPoolExecutor(self.workers)
        try:
            ahead: list[Future[None]] = []
            filled: Batch | None = None
            for chosen in batches:
                batch, reading = self._begin(pool, chosen, epoch)
                if filled is not None:
                    yield _finished(filled, ahead)
                filled, ahead = batch, reading
            if filled is not None:
                yield _finished(filled, ahead)
        except (InputError, OSError) as error:
            self.failure = error
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _begin(
        self, pool: ThreadPoolExecutor, videos: list[int], epoch: int
    ) -> tuple[Batch, list[Future[None]]]:
        """A batch whose rows threads are filling."""
        inputs = {name: np.empty((len(videos), *shape), np.float32) for name, shape in self.shapes.items()}
        labels = labels_of([self.refs[video] for video in videos], self.multi_label)
        reading = [pool.submit(self._fill, inputs, row, video, epoch) for row, video in enumerate(videos)]
        return (inputs, dict.fromkeys(self.outputs, labels)), reading

    def _fill(self, inputs: dict[str, NDArray[np.float32]], row: int, video: int, epoch: int) -> None:
        sample = self.read(epoch, video)
        for name, array in inputs.items():
            if sample[name].shape != array.shape[1:]:
                raise ValueError(
                    f"{self.refs[video].video_id}: {name} is {sample[name].shape}; wanted {array.shape[1:]}"
                )
            array[row] = sample[name]


def _finished(batch: Batch, reading: list[Future[None]]) -> Batch:
    for row in reading:
        row.result()
    return batch

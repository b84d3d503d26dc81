"""What all batches have in common: the start inside an epoch, what went wrong, order, targets, threads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from repro.types import InputError, VideoRef
from repro.video.budget import threads

Batch = tuple[Any, NDArray]  # inputs, and the targets that every output has
ORDER, FRAMES, MIX, CHANGE = range(4)  # purposes: each has its own stream of random numbers
Item = TypeVar("Item")
Begun = TypeVar("Begun")
Sample = TypeVar("Sample")


class Batches(ABC):
    """Samples of videos with their labels; batch s of epoch e is a function of (seed, e, s) alone.

    A subclass makes the batches (`made`) and says what their inputs are: in `shapes`, float32 by name, or by
    an `input_spec` of its own. Every video is a sample, unless `samples` is set to another number. With
    `shuffle` an epoch has its own order; without, videos come in the given one.

    outputs: names of the model's outputs; each has the same targets. multi_label: K for targets float32
    [B, K], 1 for every class of a video (`VideoRef.others`), instead of its label, int32 [B]. sizes: what
    else must be 1 or more. workers: threads that read, as `budget.threads` has it.
    `failure` keeps an InputError or OSError met while reading, since tf.data reports it in words of its own.
    Raises ValueError for no videos, no outputs and senseless sizes.
    """

    shapes: Mapping[str, tuple[int, ...]]

    def __init__(
        self,
        refs: Sequence[VideoRef],
        outputs: Sequence[str],
        *,
        batch: int,
        seed: int,
        shuffle: bool,
        multi_label: int | None = None,
        workers: int | None = None,
        sizes: Sequence[int] = (),
    ) -> None:
        if not refs or not outputs or min(batch, workers or 1, *sizes) < 1 or seed < 0:
            raise ValueError("wanted at least one video and output, positive sizes and a seed of 0 or more")
        self.refs, self.outputs, self.multi_label = tuple(refs), tuple(outputs), multi_label
        self.batch, self.seed, self.shuffle, self.workers = batch, seed, shuffle, threads(workers)
        self.samples = len(self.refs)
        self.failure: InputError | OSError | None = None

    @abstractmethod
    def made(self, epoch: int, start_step: int) -> Iterator[Batch]:
        """Batches `start_step` onwards of an epoch."""

    @property
    def input_spec(self) -> Any:
        """What the inputs of a batch are, for tf.data."""
        return {name: tf.TensorSpec((None, *shape), tf.float32) for name, shape in self.shapes.items()}

    @property
    def target_spec(self) -> tf.TensorSpec:
        """What the targets of an output are, for tf.data."""
        if self.multi_label is None:
            return tf.TensorSpec((None,), tf.int32)
        return tf.TensorSpec((None, self.multi_label), tf.float32)

    @property
    def steps_per_epoch(self) -> int:
        """How many batches an epoch has; the last may be smaller."""
        return -(-self.samples // self.batch)

    def dataset(self, epoch: int, start_step: int = 0, epochs: int = 1) -> tf.data.Dataset:
        """Batches `start_step` onwards of an epoch, both counted from 0, made two ahead of the model.

        epochs: how many follow one another; the first batches of the next are made while the last steps of
        the one before still run. Raises ValueError for a start outside the epoch.
        """
        steps = self.steps_per_epoch
        if not 0 <= start_step <= steps:
            raise ValueError(f"start_step is {start_step}; wanted 0 to {steps}")
        options = tf.data.Options()
        # One process feeds all replicas; each global batch is cut among them, the source is not.
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
        dataset = tf.data.Dataset.from_generator(
            lambda: self._batches(epoch, start_step, epochs),
            output_signature=(self.input_spec, dict.fromkeys(self.outputs, self.target_spec)),
        ).apply(tf.data.experimental.assert_cardinality(epochs * steps - start_step))
        return dataset.with_options(options).prefetch(2)

    def _batches(self, epoch: int, start_step: int, epochs: int) -> Iterator[tuple[Any, dict[str, NDArray]]]:
        starts = [(epoch, start_step), *((following, 0) for following in range(epoch + 1, epoch + epochs))]
        try:
            for start in starts:
                for inputs, targets in self.made(*start):
                    yield inputs, dict.fromkeys(self.outputs, targets)
        except (InputError, OSError) as error:
            self.failure = error
            raise

    def rng(self, *key: int) -> np.random.Generator:
        """The random numbers of one purpose, of an epoch, a video, a frame."""
        return np.random.default_rng([self.seed, *key])

    def order(self, epoch: int) -> NDArray[np.int64]:
        """The videos of an epoch by their positions in `refs`."""
        videos = np.arange(len(self.refs))
        return self.rng(ORDER, epoch).permutation(videos) if self.shuffle else videos

    def videos(self, epoch: int, start_step: int) -> Iterator[list[int]]:
        """The videos of each batch where every video is one sample."""
        order = self.order(epoch)
        for start in range(start_step * self.batch, len(order), self.batch):
            yield order[start : start + self.batch].tolist()

    def targets(self, videos: Sequence[int]) -> NDArray:
        """Labels of some videos, int32 [B], or all their classes, float32 [B, K] of 0 and 1."""
        refs = [self.refs[video] for video in videos]
        if self.multi_label is None:
            return np.array([ref.label for ref in refs], np.int32)
        targets = np.zeros((len(refs), self.multi_label), np.float32)
        for row, ref in enumerate(refs):
            targets[row, [ref.label, *ref.others]] = 1
        return targets

    def one_ahead(
        self,
        begin: Callable[[ThreadPoolExecutor, Item], Begun],
        items: Iterable[Item],
        finish: Callable[[Begun], Iterator[Sample]],
    ) -> Iterator[Sample]:
        """What `finish` yields of each item that `begin` gave to threads, while the next is read."""
        pool = ThreadPoolExecutor(self.workers)
        begun: deque[Begun] = deque()
        try:
            for item in items:
                begun.append(begin(pool, item))
                if len(begun) > 1:
                    yield from finish(begun.popleft())
            while begun:
                yield from finish(begun.popleft())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

"""Stored features of whole videos, for sequence models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from repro.input_pipeline.stream import ORDER, Batch, as_dataset, steps_left
from repro.types import VideoRef

MAX_HELD_BYTES = 4 * 2**30


class SequenceBatches:
    """Stored features of whole videos with their labels at every frame.

    load: gives {feature: float32 [T_i, D]} of a video. Batches are ({feature: float32 [B, T, D]}, {stage:
    float32 [B, T, K]}): features cut to T = `steps` frames or padded with zeros at the end, targets one-hot
    with zero rows for the padding, by which the losses know it. All features are kept in memory once read
    when they fit into MAX_HELD_BYTES, else read anew for every batch. With `shuffle` each epoch has its own
    order. Raises ValueError for features that do not have one length, or not the width of the first video's.
    """

    def __init__(
        self,
        load: Callable[[VideoRef], Mapping[str, NDArray[np.float32]]],
        refs: Sequence[VideoRef],
        *,
        steps: int,
        batch: int,
        seed: int,
        classes: int,
        features: Sequence[str],
        stages: Sequence[str],
        shuffle: bool,
    ) -> None:
        if not refs or not features or not stages or min(steps, batch, classes) < 1 or seed < 0:
            raise ValueError("wanted at least one video, feature and stage, positive sizes and a seed >= 0")
        self.load, self.refs, self.seed, self.shuffle = load, tuple(refs), seed, shuffle
        self.steps, self.batch, self.classes = steps, batch, classes
        self.features, self.stages = tuple(features), tuple(stages)
        first = load(self.refs[0])
        self.widths = {name: first[name].shape[1] for name in self.features}
        self._holds = 4 * len(self.refs) * steps * sum(self.widths.values()) <= MAX_HELD_BYTES
        self._held: dict[int, dict[str, NDArray[np.float32]]] = {}
        self.steps_per_epoch = -(-len(self.refs) // batch)

    def dataset(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        """Batches `start_step` onwards of an epoch; both count from 0."""
        signature = (
            {
                name: tf.TensorSpec((None, self.steps, width), tf.float32)
                for name, width in self.widths.items()
            },
            {stage: tf.TensorSpec((None, self.steps, self.classes), tf.float32) for stage in self.stages},
        )
        steps = steps_left(self.steps_per_epoch, start_step)
        return as_dataset(lambda: self._batches(epoch, start_step), signature, steps)

    def _batches(self, epoch: int, start_step: int) -> Iterator[Batch]:
        videos = np.arange(len(self.refs))
        if self.shuffle:
            videos = np.random.default_rng([self.seed, ORDER, epoch]).permutation(videos)
        for start in range(start_step * self.batch, len(videos), self.batch):
            yield self._batch(videos[start : start + self.batch].tolist())

    def _batch(self, videos: list[int]) -> Batch:
        shape = (len(videos), self.steps)
        inputs = {name: np.zeros((*shape, width), np.float32) for name, width in self.widths.items()}
        target = np.zeros((*shape, self.classes), np.float32)
        for row, video in enumerate(videos):
            arrays = self._read(video)
            for name, array in arrays.items():
                inputs[name][row, : len(array)] = array
            frames = len(arrays[self.features[0]])
            target[row, :frames, self.refs[video].label] = 1
        return inputs, dict.fromkeys(self.stages, target)

    def _read(self, video: int) -> dict[str, NDArray[np.float32]]:
        if video in self._held:
            return self._held[video]
        stored = self.load(self.refs[video])
        arrays = {name: stored[name] for name in self.features}
        frames = len(arrays[self.features[0]])
        for name, array in arrays.items():
            wanted = (max(frames, 1), self.widths[name])
            if array.shape != wanted:
                raise ValueError(f"{self.refs[video].video_id}: {name} is {array.shape}; wanted {wanted}")
        cut = {name: array[: self.steps] for name, array in arrays.items()}
        if self._holds:
            self._held[video] = cut
        return cut

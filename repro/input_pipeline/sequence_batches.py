"""Stored features of whole videos, for sequence models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from repro.input_pipeline.stream import FRAMES, ORDER, Batch, as_dataset, steps_left
from repro.sampling import frames as sampling
from repro.sampling.observed import observed_frames
from repro.types import InputError, VideoRef

MAX_HELD_BYTES = 4 * 2**30


class SequenceBatches:
    """Stored features of whole videos with their labels at every frame.

    load: gives {feature: float32 [T_i, D]} of a video. Batches are ({feature: float32 [B, T, D]}, {stage:
    float32 [B, T, K]}): features cut to T = `steps` frames or padded with zeros at the end, targets one-hot
    with zero rows for the padding, by which the losses know it. Features are kept in memory once read, as
    many as fit into MAX_HELD_BYTES; the others are read anew for every batch. With `shuffle` each epoch has
    its own order.

    frames: which T are taken: `first`, `sampled` at random from the whole video in their order (anew in each
    epoch with `shuffle`, else once per video), or `spaced` evenly over it. seen: the part of each video that
    they are taken from, "50%" say. `failure` keeps an InputError met while reading, since tf.data reports it
    in words of its own. Raises ValueError for features that do not have one length, or not the width of the
    first video's.
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
        frames: str = "first",
        seen: str = "100%",
    ) -> None:
        if not refs or not features or not stages or min(steps, batch, classes) < 1 or seed < 0:
            raise ValueError("wanted at least one video, feature and stage, positive sizes and a seed >= 0")
        self.load, self.refs, self.seed, self.shuffle = load, tuple(refs), seed, shuffle
        self.steps, self.batch, self.classes = steps, batch, classes
        self.frames, self.seen = frames, seen
        if frames not in sampling.WAYS:
            raise ValueError(f"frames {frames!r}; wanted one of {', '.join(sampling.WAYS)}")
        if frames == "first" and seen != "100%":
            raise ValueError("the first frames are the same whatever part of the video is seen")
        self.features, self.stages = tuple(features), tuple(stages)
        first = load(self.refs[0])
        self.widths = {name: first[name].shape[1] for name in self.features}
        self.failure: InputError | OSError | None = None
        self._held_bytes = 0
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
            chosen = videos[start : start + self.batch].tolist()
            try:
                inputs, frames = self.inputs(chosen, epoch)
            except (InputError, OSError) as error:
                self.failure = error
                raise
            yield inputs, dict.fromkeys(self.stages, self._target(chosen, frames))

    def inputs(
        self, videos: Sequence[int], epoch: int = 0
    ) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.int64]]:
        """Features of some videos by their position in `refs`, zeros appended up to T, and T_i of each.

        Returns {feature: float32 [B, T, D]} and int64 [B]. No label is looked at.
        """
        shape = (len(videos), self.steps)
        inputs = {name: np.zeros((*shape, width), np.float32) for name, width in self.widths.items()}
        frames = np.zeros(len(videos), np.int64)
        for row, video in enumerate(videos):
            arrays = self._read(video)
            chosen = self._chosen(video, len(arrays[self.features[0]]), epoch)
            frames[row] = len(chosen)
            for name, array in arrays.items():
                inputs[name][row, : len(chosen)] = array[chosen]
        return inputs, frames

    def _chosen(self, video: int, length: int, epoch: int) -> NDArray[np.int64]:
        rng = np.random.default_rng([self.seed, FRAMES, epoch if self.shuffle else 0, video])
        return sampling.WAYS[self.frames](self.steps, observed_frames(self.seen, length, length), rng)

    def _target(self, videos: list[int], frames: NDArray[np.int64]) -> NDArray[np.float32]:
        """One-hot float32 [B, T, K], zero rows for the padding."""
        target = np.zeros((len(videos), self.steps, self.classes), np.float32)
        for row, video in enumerate(videos):
            target[row, : frames[row], self.refs[video].label] = 1
        return target

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
        if self.frames == "first":  # then no later frame is ever asked for
            arrays = {name: array[: self.steps] for name, array in arrays.items()}
        size = sum(array.nbytes for array in arrays.values())
        if self._held_bytes + size <= MAX_HELD_BYTES:
            self._held[video], self._held_bytes = arrays, self._held_bytes + size
        return arrays

"""Stored features of whole videos, for sequence models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from repro.input_pipeline.batches import FRAMES, Batch, Batches
from repro.input_pipeline.held import MAX_HELD_BYTES, Held
from repro.sampling import frames as sampling
from repro.sampling.observed import observed_frames
from repro.types import VideoRef


class SequenceBatches(Batches):
    """Stored features of whole videos with their labels at every frame.

    load: gives {feature: float32 [T_i, D]} of a video. Batches are ({feature: float32 [B, T, D]}, {stage:
    float32 [B, T, K]}): features cut to T = `steps` frames or padded with zeros at the end, targets one-hot
    with zero rows for the padding, by which the losses know it. Features are kept in memory once read, as
    many as fit into MAX_HELD_BYTES; the others are read anew for every batch. With `shuffle` each epoch has
    its own order.

    frames: which T are taken: `first`, `sampled` at random from the whole video in their order (anew in each
    epoch with `shuffle`, else once per video), or `spaced` evenly over it. span: the part of each video that
    they are taken from, "50%" say. `failure`: as in `Batches`. Raises ValueError for features that do not
    have one length, or not the width of the first video's.
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
        span: str = "100%",
    ) -> None:
        sizes = (steps, classes, len(features))
        super().__init__(refs, stages, batch=batch, seed=seed, shuffle=shuffle, sizes=sizes)
        self.load, self.steps, self.classes, self.frames, self.span = load, steps, classes, frames, span
        if frames not in sampling.WAYS:
            raise ValueError(f"frames {frames!r}; wanted one of {', '.join(sampling.WAYS)}")
        if frames == "first" and span != "100%":
            raise ValueError("the first frames are the same whatever part of the video is read")
        first = load(self.refs[0])
        self.features = tuple(features)
        self.shapes = {name: (steps, first[name].shape[1]) for name in self.features}
        self._held = Held(MAX_HELD_BYTES)

    @property
    def target_spec(self) -> tf.TensorSpec:
        return tf.TensorSpec((None, self.steps, self.classes), tf.float32)

    def made(self, epoch: int, start_step: int) -> Iterator[Batch]:
        for videos in self.videos(epoch, start_step):
            inputs, frames = self.inputs(videos, epoch)
            yield inputs, self._target(videos, frames)

    def inputs(
        self, videos: Sequence[int], epoch: int = 0
    ) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.int64]]:
        """Features of some videos by their position in `refs`, zeros appended up to T, and T_i of each.

        Returns {feature: float32 [B, T, D]} and int64 [B]. No label is read.
        """
        inputs = {name: np.zeros((len(videos), *of), np.float32) for name, of in self.shapes.items()}
        frames = np.zeros(len(videos), np.int64)
        for row, video in enumerate(videos):
            arrays = self._read(video)
            chosen = self._chosen(video, len(arrays[self.features[0]]), epoch)
            frames[row] = len(chosen)
            for name, array in arrays.items():
                inputs[name][row, : len(chosen)] = array[chosen]
        return inputs, frames

    def _chosen(self, video: int, length: int, epoch: int) -> NDArray[np.int64]:
        rng = self.rng(FRAMES, epoch if self.shuffle else 0, video)
        return sampling.WAYS[self.frames](self.steps, observed_frames(self.span, length, length), rng)

    def _target(self, videos: list[int], frames: NDArray[np.int64]) -> NDArray[np.float32]:
        """One-hot float32 [B, T, K], zero rows for the padding."""
        target = np.zeros((len(videos), self.steps, self.classes), np.float32)
        for row, video in enumerate(videos):
            target[row, : frames[row], self.refs[video].label] = 1
        return target

    def _read(self, video: int) -> Mapping[str, NDArray[np.float32]]:
        return self._held.get(video, lambda: self._loaded(video))

    def _loaded(self, video: int) -> dict[str, NDArray[np.float32]]:
        stored = self.load(self.refs[video])
        arrays = {name: stored[name] for name in self.features}
        frames = len(arrays[self.features[0]])
        for name, array in arrays.items():
            wanted = (max(frames, 1), self.shapes[name][1])
            if array.shape != wanted:
                raise ValueError(f"{self.refs[video].video_id}: {name} is {array.shape}; wanted {wanted}")
        if self.frames == "first":  # none after them is read; a mere slice would keep them in memory
            arrays = {name: array[: self.steps].copy() for name, array in arrays.items()}
        return arrays

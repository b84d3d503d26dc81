"""Snippets of consecutive frames from stored features, for the recurrent models of paper 4 (section 2.3)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from repro.input_pipeline.stream import FRAMES, ORDER, Batch, as_dataset, steps_left
from repro.types import InputError, VideoRef

Features = Mapping[str, NDArray[np.float32]]  # input -> [n, ...]
ReadPart = Callable[[VideoRef, int, int], Features]  # video, start, stop -> rows start..stop-1


def read_snippets(
    read_part: ReadPart, ref: VideoRef, frames: int, starts: Sequence[int], steps: int
) -> dict[str, NDArray[np.float32]]:
    """Snippets of T = `steps` frames of one video: {input: float32 [n, T, ...]}, one for each of `starts`.

    frames: F, the video's. Behind its end the features of the last frame are repeated. What the snippets
    cover is read once, in one piece. Raises ValueError for a start outside 0..F-1.
    """
    rows = np.minimum(np.asarray(starts)[:, None] + np.arange(steps), frames - 1)
    if not rows.size or min(starts) < 0 or max(starts) >= frames:
        raise ValueError(f"snippets of {steps} frames from {list(starts)} of {frames}; wanted starts inside")
    first = int(rows.min())
    part = read_part(ref, first, int(rows.max()) + 1)
    return {name: array[rows - first] for name, array in part.items()}


class SnippetBatches:
    """One snippet of T = `steps` consecutive frames of every video, with its label.

    Batches are ({input: float32 [B, T, ...]}, {"frame": int32 [B]}), the inputs as `read_part` names them.
    With `shuffle` an epoch has its own order, and each snippet starts anywhere, drawn anew, that leaves room
    for T frames; without, videos come in the given order and the snippet is the middle one. A video shorter
    than T is followed by copies of its last frame, which count like all others.

    read_part(ref, start, stop): the features of these frames, [stop - start, ...] each. length(ref): how many
    there are. Both are called in threads, one batch ahead. workers: threads, by default one a core. `failure`
    keeps an InputError met while reading, since tf.data reports it in words of its own.
    """

    def __init__(
        self,
        refs: Sequence[VideoRef],
        read_part: ReadPart,
        length: Callable[[VideoRef], int],
        *,
        steps: int,
        batch: int,
        seed: int,
        shuffle: bool,
        workers: int | None = None,
    ) -> None:
        if not refs or min(steps, batch, workers or 1) < 1 or seed < 0:
            raise ValueError("wanted at least one video, positive sizes and a seed of 0 or more")
        self.refs, self.read_part, self.length = tuple(refs), read_part, length
        self.steps, self.batch, self.seed, self.shuffle = steps, batch, seed, shuffle
        self.workers = workers or os.cpu_count() or 1
        self.failure: InputError | None = None
        first = read_part(self.refs[0], 0, 1)
        self.shapes = {name: array.shape[1:] for name, array in first.items()}
        self.steps_per_epoch = -(-len(self.refs) // batch)

    def dataset(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        """Batches `start_step` onwards of an epoch; both count from 0."""
        signature = (
            {
                name: tf.TensorSpec((None, self.steps, *shape), tf.float32)
                for name, shape in self.shapes.items()
            },
            {"frame": tf.TensorSpec((None,), tf.int32)},
        )
        steps = steps_left(self.steps_per_epoch, start_step)
        return as_dataset(lambda: self._batches(epoch, start_step), signature, steps)

    def start(self, epoch: int, video: int, frames: int) -> int:
        """Where the snippet of a video of that many frames starts."""
        room = max(0, frames - self.steps)
        if not self.shuffle:
            return room // 2
        return int(np.random.default_rng([self.seed, FRAMES, epoch, video]).integers(room + 1))

    def _batches(self, epoch: int, start_step: int) -> Iterator[Batch]:
        videos = np.arange(len(self.refs))
        if self.shuffle:
            videos = np.random.default_rng([self.seed, ORDER, epoch]).permutation(videos)
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
        except InputError as error:
            self.failure = error
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _begin(
        self, pool: ThreadPoolExecutor, videos: list[int], epoch: int
    ) -> tuple[Batch, list[Future[None]]]:
        """A batch whose rows threads are filling."""
        shape = (len(videos), self.steps)
        inputs = {name: np.empty((*shape, *rest), np.float32) for name, rest in self.shapes.items()}
        labels = np.array([self.refs[video].label for video in videos], np.int32)
        reading = [pool.submit(self._fill, inputs, row, video, epoch) for row, video in enumerate(videos)]
        return (inputs, {"frame": labels}), reading

    def _fill(self, inputs: dict[str, NDArray[np.float32]], row: int, video: int, epoch: int) -> None:
        ref = self.refs[video]
        frames = self.length(ref)
        start = self.start(epoch, video, frames)
        snippet = read_snippets(self.read_part, ref, frames, [start], self.steps)
        for name, array in inputs.items():
            if snippet[name].shape[1:] != array.shape[1:]:
                raise ValueError(
                    f"{ref.video_id}: {name} is {snippet[name].shape[1:]}; wanted {array.shape[1:]}"
                )
            array[row] = snippet[name][0]


def _finished(batch: Batch, reading: list[Future[None]]) -> Batch:
    for row in reading:
        row.result()
    return batch

"""Single rows of stored maps, for what is trained behind a frozen trunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from repro.input_pipeline.batches import CHANGE, FRAMES, Batch
from repro.input_pipeline.held import MAX_HELD_BYTES, Held
from repro.input_pipeline.stored_batches import Features, StoredBatches
from repro.types import VideoRef

Load = Callable[[VideoRef], Mapping[str, NDArray[np.floating]]]


class MapBatches(StoredBatches):
    """Rows of stored maps with the labels of their videos, as `FrameBatches` has frames.

    load: the arrays of a video, [T_i, ...] each, one as filmed and one of its mirror image. With
    `flip_probability` an epoch takes `rows_per_visit` rows of every video, drawn, each mirrored with that
    probability, in a drawn order; without (None) every epoch is the same: rows spaced evenly, as filmed.
    Batches are (float32 [B, ...], {head: int32 [B]}). What was read stays in memory in the type it
    is stored in, up to MAX_HELD_BYTES.
    """

    def __init__(
        self,
        refs: Sequence[VideoRef],
        load: Load,
        *,
        name: str,
        mirrored: str,
        rows_per_visit: int,
        batch: int,
        seed: int,
        flip_probability: float | None,
        heads: Sequence[str],
        workers: int | None = None,
    ) -> None:
        self.load, self.name, self.mirrored = load, name, mirrored
        self.rows_per_visit, self.flip_probability = rows_per_visit, flip_probability
        visits = [ref for ref in refs for _ in range(rows_per_visit)]
        shuffle = flip_probability is not None
        super().__init__(visits, heads, batch=batch, seed=seed, shuffle=shuffle, workers=workers)
        self._held = Held(MAX_HELD_BYTES)
        self.shapes = {name: self._of(self.refs[0])[name].shape[1:]}

    @property
    def input_spec(self) -> Any:
        return tf.TensorSpec((None, *self.shapes[self.name]), tf.float32)

    def made(self, epoch: int, start_step: int) -> Iterator[Batch]:
        for inputs, targets in super().made(epoch, start_step):
            yield inputs[self.name], targets

    def read(self, epoch: int, video: int) -> Features:
        """One row of a visit: a video's visits take different rows, as far as it has them."""
        arrays, (clip, visit) = self._of(self.refs[video]), divmod(video, self.rows_per_visit)
        count = len(arrays[self.name])
        if self.flip_probability is None:
            row = (2 * visit + 1) * count // (2 * self.rows_per_visit)
            return {self.name: arrays[self.name][row].astype(np.float32)}
        order = self.rng(FRAMES, epoch, clip).permutation(max(count, self.rows_per_visit))
        flip = self.rng(CHANGE, epoch, clip, visit).random() < self.flip_probability
        return {
            self.name: arrays[self.mirrored if flip else self.name][order[visit] % count].astype(np.float32)
        }

    def _of(self, ref: VideoRef) -> Mapping[str, NDArray[np.floating]]:
        return self._held.get(ref.video_id, lambda: self.load(ref))

"""Training material held in memory, batch by batch, for `training.fit`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

BATCH, SEED = 32, 0


@dataclass(frozen=True)
class HeldBatches:
    """Inputs with one label per head; the order of an epoch is a function of (`SEED`, epoch) alone.

    inputs: [n, ...], images RGB [n, S, S, 3], clips or features. labels: head -> int32 [n]. shuffle: every
    epoch in another order; else as they lie. mirror: in shuffled epochs half of the images (columns on axis
    2) are mirrored.
    """

    inputs: NDArray[np.generic]
    labels: Mapping[str, NDArray[np.int32]]
    shuffle: bool
    mirror: bool = False
    failure = None  # nothing is read any more

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self.inputs) // BATCH)

    def dataset(self, epoch: int, start_step: int = 0, epochs: int = 1) -> tf.data.Dataset:
        """Batches `start_step` onwards of an epoch, and those of the `epochs` - 1 after it."""

        def batches():  # type: ignore[no-untyped-def]
            yield from self._made(epoch, start_step)
            for following in range(epoch + 1, epoch + epochs):
                yield from self._made(following, 0)

        signature = (
            tf.TensorSpec((None, *self.inputs.shape[1:]), tf.as_dtype(self.inputs.dtype)),
            {head: tf.TensorSpec((None,), tf.int32) for head in self.labels},
        )
        return tf.data.Dataset.from_generator(batches, output_signature=signature).prefetch(2)

    def _made(self, epoch: int, start_step: int) -> Iterator[tuple[NDArray, dict[str, NDArray]]]:
        count = len(self.inputs)
        rng = np.random.default_rng([SEED, epoch])
        order = rng.permutation(count) if self.shuffle else np.arange(count)
        mirrored = (rng.random(count) < 0.5) & (self.shuffle and self.mirror)
        for step in range(start_step, self.steps_per_epoch):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            inputs = self.inputs[chosen]
            if self.mirror:
                inputs[mirrored[chosen]] = inputs[mirrored[chosen], :, ::-1]
            yield inputs, {head: values[chosen] for head, values in self.labels.items()}


def train_and_test(
    arrays: Mapping[str, np.ndarray], inputs: str, train: int, *, mirror: bool = False
) -> tuple[HeldBatches, HeldBatches]:
    """The first `train` entries, shuffled, and the others; what is not called `inputs` is a label."""

    def part(chosen: slice, shuffle: bool) -> HeldBatches:
        labels = {head: values[chosen] for head, values in arrays.items() if head != inputs}
        return HeldBatches(arrays[inputs][chosen], labels, shuffle, mirror)

    return part(slice(0, train), True), part(slice(train, None), False)

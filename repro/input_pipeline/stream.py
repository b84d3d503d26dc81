"""What all sources share: batches as a `tf.data.Dataset`, where they start, and their targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from repro.types import VideoRef

Batch = tuple[Any, dict[str, NDArray]]  # inputs, targets
ORDER, FRAMES, MIX, CHANGE = range(4)  # purposes: each has its own stream of random numbers


def as_dataset(batches: Callable[[], Iterator[Batch]], signature: Any, steps: int) -> tf.data.Dataset:
    """Batches of `signature`, `steps` in number, made two ahead of the model."""
    options = tf.data.Options()
    # One process feeds all replicas; each global batch is cut among them, the source is not.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
    return dataset.apply(tf.data.experimental.assert_cardinality(steps)).with_options(options).prefetch(2)


def steps_left(steps_per_epoch: int, start_step: int) -> int:
    """Batches from `start_step` to the end of an epoch; ValueError if it lies outside."""
    if not 0 <= start_step <= steps_per_epoch:
        raise ValueError(f"start_step is {start_step}; wanted 0 to {steps_per_epoch}")
    return steps_per_epoch - start_step


def labels_of(refs: Sequence[VideoRef], multi_label: int | None = None) -> NDArray:
    """The targets of some videos: their labels, int32 [B], or all their classes, float32 [B, K] of 0 and 1.

    multi_label: K where videos may have several classes (`VideoRef.others`), else None.
    """
    if multi_label is None:
        return np.array([ref.label for ref in refs], np.int32)
    targets = np.zeros((len(refs), multi_label), np.float32)
    for row, ref in enumerate(refs):
        targets[row, [ref.label, *ref.others]] = 1
    return targets


def labels_spec(multi_label: int | None) -> tf.TensorSpec:
    """What `labels_of` gives, for tf.data."""
    return tf.TensorSpec((None,), tf.int32) if multi_label is None else tf.TensorSpec((None, multi_label))

"""What both sources share: a generator of batches as a `tf.data.Dataset`, and where it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray

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

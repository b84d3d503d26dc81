"""Where a model lives, and how one global batch is shared among replicas so that nothing changes but speed.

Keras averages the replicas' mean losses, which is right only for equal shares. Here every batch is divided
as evenly as it goes and each replica's loss is weighted by its share, so that the gradient is that of the
whole batch, whatever its size. Two limits: a batch with fewer samples than replicas goes to every replica
whole (right gradient, but counted more than once in the epoch's mean metrics), and dropout draws the same
mask on every replica, so a model with dropout trains as well but not identically.
"""

from __future__ import annotations

import threading
from typing import Any

import keras
import tensorflow as tf

from repro.types import InputError


def strategy(devices: int | None = None) -> tf.distribute.Strategy:
    """MirroredStrategy over `devices` GPUs (None: all that are visible), or over that many logical CPUs
    where there is no GPU; with one device the default strategy.

    Raises InputError when there are fewer GPUs than asked for, or when TensorFlow has already started
    and can no longer be given logical CPUs.
    """
    if devices is not None and devices < 1:
        raise InputError(f"--devices {devices}: wanted 1 or more")
    gpus = tf.config.list_physical_devices("GPU")
    count = devices or max(len(gpus), 1)
    if gpus and count > len(gpus):
        raise InputError(f"--devices {count}: only {len(gpus)} GPUs are visible; ask for at most that many")
    if count == 1:
        return tf.distribute.get_strategy()
    if gpus:
        return tf.distribute.MirroredStrategy([f"GPU:{index}" for index in range(count)])
    _divide_cpu(count)
    return tf.distribute.MirroredStrategy([f"CPU:{index}" for index in range(count)])


def _divide_cpu(count: int) -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    try:
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
    except RuntimeError as error:  # already running; fine if an earlier call made enough
        if len(tf.config.list_logical_devices("CPU")) < count:
            raise InputError(
                f"TensorFlow is already running and cannot be divided into {count} CPU replicas; "
                "choose the devices before anything computes"
            ) from error


def share_batches(model: keras.Model, replicas: tf.distribute.Strategy) -> None:
    """Make the model's training step weigh each replica by its part of the global batch; once per model."""
    if replicas.num_replicas_in_sync == 1:
        return
    keras_step, keras_scale = model.train_step, model.optimizer.scale_loss
    own = threading.local()  # MirroredStrategy traces every replica in a thread of its own

    def train_step(data: Any) -> Any:
        mine = tf.cast(tf.shape(tf.nest.flatten(data)[0])[0], tf.float32)
        context = tf.distribute.get_replica_context()
        own.share = mine / context.all_reduce(tf.distribute.ReduceOp.MEAN, mine)
        return keras_step(data)

    def scale_loss(loss: Any) -> Any:
        return keras_scale(loss) * own.share

    model.train_step, model.optimizer.scale_loss = train_step, scale_loss
    # Keras would read one more batch and average it over the replicas just to learn its shape, which
    # fails where shares differ in size; `model_state.build` has built everything already.
    model._maybe_symbolic_build = lambda **_: None


def distribute(dataset: tf.data.Dataset, replicas: tf.distribute.Strategy) -> Any:
    """Global batches [B, ...] as one share per replica: B // R or one more, all of B where B < R."""
    count = replicas.num_replicas_in_sync
    if count == 1:
        return dataset

    def divided(*batch: Any) -> tf.data.Dataset:
        size = tf.shape(tf.nest.flatten(batch)[0], out_type=tf.int64)[0]

        def share(index: tf.Tensor) -> Any:
            start, stop = size * index // count, size * (index + 1) // count
            start, stop = (tf.where(size < count, whole, part) for whole, part in ((0, start), (size, stop)))
            return tf.nest.map_structure(lambda t: t[start:stop], batch)

        return tf.data.Dataset.range(count).map(share)

    shares = dataset.flat_map(divided)
    return replicas.distribute_datasets_from_function(lambda _: shares)

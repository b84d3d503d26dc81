"""Where a model lives, and how one global batch is shared among replicas so that nothing changes but speed.

Keras averages the replicas' mean losses, which is right only for equal shares, and TensorFlow cannot run an
LSTM on the empty share that a small last batch leaves. Here every batch is divided as evenly as it goes and
each replica's loss is weighted by its share, so that the gradient is that of the whole batch. A batch with
fewer samples than replicas goes to every replica whole, and only the first one counts it in the metrics.
Dropout, or a crop that the network draws, is the same on every replica, so that a model with it trains as
well, but not identically.
Replicas of several processes are numbered process by process; each process makes the shares of its own.
"""

from __future__ import annotations

import functools
import socket
import threading
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from repro.training.worker_list import WorkerList
from repro.types import InputError

REHEARSED = 16  # replicas on the processor, which all share its cores


def check(devices: int) -> None:
    """Raises InputError for more replicas than GPUs, or than a rehearsal without a GPU may have."""
    gpus = len(tf.config.list_physical_devices("GPU"))
    there = f"only {gpus} GPUs are visible" if gpus else f"no GPU, and the processor rehearses {REHEARSED}"
    if devices > (gpus or REHEARSED):
        raise InputError(f"--devices {devices}: {there}; ask for at most that many")


def strategy(devices: int | None = None, workers: WorkerList | None = None) -> tf.distribute.Strategy:
    """MirroredStrategy over `devices` GPUs (None: all that are visible), or over that many logical CPUs
    where there is no GPU; with one device the default strategy. With several `workers`,
    MultiWorkerMirroredStrategy over the visible GPUs of each, or its processor, once all are there.

    Raises InputError when there are fewer GPUs than asked for, when TensorFlow has already started and can
    no longer be given logical CPUs, and when workers have no address or this one's port is in use.
    """
    if workers is not None and len(workers.addresses) > 1:
        return _of_several(workers)
    if devices is not None and devices < 1:
        raise InputError(f"--devices {devices}: wanted 1 or more")
    gpus = tf.config.list_physical_devices("GPU")
    count = devices or max(len(gpus), 1)
    check(count)
    if count == 1:
        return tf.distribute.get_strategy()
    if gpus:
        return tf.distribute.MirroredStrategy([f"GPU:{index}" for index in range(count)])
    _divide_cpu(count)
    return tf.distribute.MirroredStrategy([f"CPU:{index}" for index in range(count)])


@functools.cache  # a process takes part once, however many models it trains
def _of_several(workers: WorkerList) -> tf.distribute.Strategy:
    gpus = len(tf.config.list_physical_devices("GPU"))
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(workers.addresses)}),
        task_type="worker",
        task_id=workers.task,
        num_accelerators={"GPU": gpus} if gpus else {},
        rpc_layer="grpc",
    )
    for address in workers.addresses:
        _require_host(address)
    try:
        return tf.distribute.MultiWorkerMirroredStrategy(resolver)
    except tf.errors.OpError as error:
        raise InputError(
            f"worker {workers.task} cannot begin at {workers.addresses[workers.task]} ({error.message}); "
            "name a port that is free there, and start all workers within the same hour"
        ) from error


def _require_host(address: str) -> None:
    """Before TensorFlow waits for it: the wait for a host that there is not would end after an hour."""
    host, _, port = address.rpartition(":")
    try:
        socket.getaddrinfo(host, int(port))
    except (OSError, UnicodeError) as error:
        raise InputError(f"no worker can be at {address} ({error}); name its host and port") from error


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
    """Make the model's steps take what `distribute` gives; once per model, after its metrics are built."""
    if replicas.num_replicas_in_sync == 1:
        return
    keras_scale = model.optimizer.scale_loss
    own = threading.local()  # MirroredStrategy traces every replica in a thread of its own

    def weighted(keras_step: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def step(data: Any) -> Any:
            batch, own.share, counted = data
            before = [tf.convert_to_tensor(variable.value) for variable in model.metrics_variables]
            logs = keras_step(batch)
            for variable, value in zip(model.metrics_variables, before, strict=True):
                variable.assign(tf.where(counted, variable.value, value))
            return logs

        return step

    model.train_step, model.test_step = weighted(model.train_step), weighted(model.test_step)
    model.optimizer.scale_loss = lambda loss: keras_scale(loss) * own.share
    # Keras would read one more batch and average it over the replicas just to learn its shape, which
    # fails where shares differ in size; `model_state.build` has built everything already.
    model._maybe_symbolic_build = lambda **_: None


def distribute(dataset: tf.data.Dataset, replicas: tf.distribute.Strategy) -> Any:
    """Global batches [B, ...] as, per replica, (share [b, ...], weight R b / B, whether metrics count it)."""
    count = replicas.num_replicas_in_sync
    if count == 1:
        return dataset

    def divided(first: int, stop: int, *batch: Any) -> tf.data.Dataset:
        size = tf.shape(tf.nest.flatten(batch)[0], out_type=tf.int64)[0]
        whole = size < count

        def share(index: tf.Tensor) -> Any:
            start = tf.where(whole, tf.zeros_like(size), size * index // count)
            stop = tf.where(whole, size, size * (index + 1) // count)
            weight = tf.where(
                whole, 1.0, tf.cast(count * (stop - start), tf.float32) / tf.cast(size, tf.float32)
            )
            part = tf.nest.map_structure(lambda t: t[start:stop], batch)
            return part, weight, tf.logical_or(index == 0, tf.logical_not(whole))

        return tf.data.Dataset.range(first, stop).map(share)

    def own(context: tf.distribute.InputContext) -> tf.data.Dataset:
        each = count // context.num_input_pipelines
        first = each * context.input_pipeline_id
        shares = dataset.flat_map(functools.partial(divided, first, first + each))
        if each == count:
            return shares
        # Of one that might end every process would ask all others at every step whether they have more.
        return shares.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))

    return replicas.distribute_datasets_from_function(own)

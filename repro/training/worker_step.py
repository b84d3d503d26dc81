"""The step of a model whose replicas are spread over several processes, in place of Keras' own.

Keras' `fit` fails there (Keras 3.15.1, TensorFlow 2.21): before the first step it averages a batch over the
replicas to learn its shapes, and after every step it averages what the step reports over an axis, which a
scalar has not. The first `distribution.share_batches` leaves out for any number of replicas; the second is
done here. Keras' loop over epochs and steps, and its train_step and test_step, stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

Logs = dict[str, tf.Tensor]


def step_on_workers(model: keras.Model) -> None:
    """Let `fit` and `evaluate` run a model's steps by `strategy.run`; once per model, as the last thing."""
    model.train_function = _function(model, model.train_step)
    model.test_function = _function(model, model.test_step)


def _function(model: keras.Model, step: Callable[[Any], Logs]) -> Callable[[Any], Logs]:
    """Of a distributed iterator: what a step reports, the mean over all replicas, the same at all of them."""
    replicas = model.distribute_strategy
    names: list[str] = []

    def reported(data: Any) -> tf.Tensor:
        logs = step(data)
        names[:] = logs
        return tf.stack([tf.cast(value, tf.float32) for value in logs.values()])

    @tf.function(reduce_retracing=True)
    @tf.autograph.experimental.do_not_convert
    def one_step(iterator: Any) -> tf.Tensor:
        each = replicas.run(reported, args=(next(iterator),))
        return replicas.reduce(tf.distribute.ReduceOp.MEAN, each, axis=None)

    return lambda iterator: dict(zip(names, tf.unstack(one_step(iterator)), strict=True))

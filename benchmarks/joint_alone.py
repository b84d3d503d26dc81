"""Parts of a training step of paper 5 alone, under TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.engines import Part
from benchmarks.joint_work import Sizes

# Which counted work a part that is timed alone does. The rest: reduction, FC2, the softmaxes, the update.
ALONE = {
    "convolutions": ("3-d convolutions",),
    "fc1": ("FC1",),
    "recurrence": ("joint layer", "other layers", "attention", "pyramids", "start states"),
}


def parts_alone(network: keras.Model, sizes: Sizes) -> dict[str, Part]:
    """Parts of the network's training step by themselves, on drawn maps, each with all its gradients.

    convolutions, fc1: of every branch. recurrence: what `JointAttentionLSTM` does, without a gradient to its
    maps. update: gradients of the weight decay alone, clipping and Adam, none of which depends on the batch.
    """
    rng = np.random.default_rng(0)

    def drawn(*shape: int) -> tf.Tensor:
        return tf.constant(np.maximum(rng.standard_normal(shape, np.float32), 0))

    frames = sizes.batch * sizes.steps
    length = sizes.grid[0] * sizes.grid[1] * sizes.channels
    maps = [drawn(sizes.batch, sizes.steps, *sizes.grid, sizes.channels) for _ in sizes.branches]
    flat = [drawn(frames, length) for _ in sizes.branches]
    conv1, conv2, fc1 = (
        [network.get_layer(f"{branch}_{name}") for branch in sizes.branches]
        for name in ("conv1", "conv2", "fc1")
    )
    recurrence = network.get_layer("recurrence")
    return {
        "convolutions": _both_ways(
            lambda xs: [b(a(x)) for x, a, b in zip(xs, conv1, conv2, strict=True)], maps, [*conv1, *conv2]
        ),
        "fc1": _both_ways(lambda xs: [fc(x) for x, fc in zip(xs, fc1, strict=True)], flat, fc1),
        "recurrence": _both_ways(lambda xs: recurrence(xs)["h"], maps, [recurrence], to_inputs=False),
        "update": _update(network),
    }


def _both_ways(
    apply: Callable[[Sequence[tf.Tensor]], Any],
    inputs: Sequence[tf.Tensor],
    layers: Sequence[keras.layers.Layer],
    *,
    to_inputs: bool = True,
) -> Part:
    weights = [variable.value for layer in layers for variable in layer.trainable_variables]
    sources = [*inputs, *weights] if to_inputs else weights

    @tf.function
    def run() -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(sources)
            outputs = apply(inputs)
        gradients = tape.gradient(outputs, sources)
        return sum(tf.reshape(each, [-1])[0] for each in (*tf.nest.flatten(outputs), *gradients))

    return lambda: run().numpy()


def _update(network: keras.Model) -> Part:
    variables = [v for v in network.trainable_variables if v.regularizer is not None]
    network.optimizer.build(network.trainable_variables)

    @tf.function
    def run() -> tf.Tensor:
        with tf.GradientTape() as tape:
            decay = sum(network.losses)
        gradients = tape.gradient(decay, [variable.value for variable in variables])
        network.optimizer.apply(gradients, variables)
        return decay

    return lambda: run().numpy()

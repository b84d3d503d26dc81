"""What a training step of paper 5 works on, how much arithmetic it is, and its parts alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from benchmarks.engines import Part
from repro.paper5 import networks
from repro.paper5.recipe import Recipe

CLASSES = 101
QUADRANTS = 4
# Which counted work a part that is timed alone does. The rest: reduction, FC2, the softmaxes, the update.
ALONE = {
    "convolutions": ("3-d convolutions",),
    "fc1": ("FC1",),
    "recurrence": ("joint layer", "other layers", "attention", "pyramids", "start states"),
}


class Sizes(NamedTuple):
    """Of one training step: B clips of T frames, stored maps h x w x D, C channels, U units, K classes."""

    batch: int
    steps: int
    grid: tuple[int, int]
    inputs: int
    channels: int
    units: int
    layers: int
    fc_units: int
    branches: tuple[str, ...]
    classes: int


def sizes_of(numbers: Recipe, batch: int) -> Sizes:
    """The recipe's sizes as the peer and the counting need them."""
    *grid, inputs = networks.map_shape(numbers)
    return Sizes(
        batch,
        numbers.clip_len,
        (grid[0], grid[1]),
        inputs,
        numbers.channels,
        numbers.units,
        numbers.layers,
        numbers.fc_units,
        numbers.branches,
        CLASSES,
    )


def drawn_batch(sizes: Sizes) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.int32]]:
    """{branch: float32 [B, T, h, w, D]}, half of them zero as after a ReLU; labels int32 [B]."""
    rng = np.random.default_rng(0)
    shape = (sizes.batch, sizes.steps, *sizes.grid, sizes.inputs)
    inputs = {name: np.maximum(rng.standard_normal(shape, np.float32), 0) for name in sizes.branches}
    return inputs, rng.integers(0, sizes.classes, sizes.batch).astype(np.int32)


def multiply_adds(sizes: Sizes) -> dict[str, int]:
    """Multiplications with addition of one forward pass by part, for one clip; borders counted as full.

    A 3-d convolution of C to C channels takes 27 C C of them at each of the T h w places.
    """
    frame_places = sizes.grid[0] * sizes.grid[1]
    c, u, f, k = sizes.channels, sizes.units, sizes.fc_units, sizes.classes
    t, m = sizes.steps, len(sizes.branches)
    d = (1 + QUADRANTS) * c  # of x^k
    sub_gates = (d + u) * (d + 2 * u)
    final_gates = (d + 2 * u) * u
    return {
        "reduction": m * t * frame_places * sizes.inputs * c,
        "3-d convolutions": m * 2 * t * frame_places * 27 * c * c,
        "FC1": m * t * frame_places * c * f,
        "FC2 and scores": m * t * (f * f + f * k),
        "start states": sizes.layers * m * c * 2 * u,
        "attention": t * u * frame_places,
        "pyramids": m * t * frame_places * d,
        "joint layer": t * (m * (sub_gates + final_gates + d * u) + u * u),
        "other layers": (sizes.layers - 1) * t * 8 * u * u,
        "prediction": t * u * k,
    }


def training_flop(sizes: Sizes) -> dict[str, int]:
    """Operations of forward and backward by part: two a multiply-add, and backward has two products for one.

    The stored maps need no gradient, and none goes from the LSTM into the 3-d networks: the reduction, the
    pyramids and the start states have one product less.
    """
    products = dict.fromkeys(("reduction", "pyramids", "start states"), 2)
    counted = multiply_adds(sizes).items()
    return {part: 2 * sizes.batch * products.get(part, 3) * count for part, count in counted}


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

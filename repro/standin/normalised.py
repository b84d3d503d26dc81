"""Batch normalisation to train a deep plain network from scratch, and how it is taken out afterwards.

Without it VGG-16 at an eighth of its width did not learn the pose at all; what ships is the plain network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np

from repro.standin.batches import BATCH, SEED

DROPOUT = 0.25
LEARNING_RATE, WARM_UP_STEPS = 2e-3, 500  # Adam, then a cosine to zero


def normalised(stage: keras.layers.Layer, x: keras.KerasTensor) -> keras.KerasTensor:
    """The convolution or dense layer without its activation, then batch normalisation, then ReLU."""
    stage.activation = keras.activations.linear
    stage.kernel_initializer = keras.initializers.HeNormal(seed=SEED)
    normalisation = keras.layers.BatchNormalization(momentum=0.95, name=f"{stage.name}_bn")
    return keras.layers.ReLU(name=f"{stage.name}_relu")(normalisation(stage(x)))


def folded(model: keras.Model) -> dict[str, np.ndarray]:
    """Weights of the plain network that computes what the normalised one computes at test time.

    gamma (W x + b - mean) / sqrt(variance + eps) + beta = W' x + b' with W' = W s, b' = (b - mean) s + beta,
    s = gamma / sqrt(variance + eps). Returns float32 arrays by `layer/weight`, for every layer that is
    normalised; heads are none of them.
    """
    normalisations = {
        layer.name.removesuffix("_bn"): layer
        for layer in model.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    }
    arrays: dict[str, np.ndarray] = {}
    for name, normalisation in normalisations.items():
        gamma, beta, mean, variance = normalisation.get_weights()
        kernel, bias = model.get_layer(name).get_weights()
        scale = gamma / np.sqrt(variance + normalisation.epsilon)
        arrays[f"{name}/kernel"] = kernel * scale
        arrays[f"{name}/bias"] = (bias - mean) * scale + beta
    return arrays


def with_heads(
    inputs: keras.KerasTensor,
    feature: keras.KerasTensor,
    labels: Mapping[str, Sequence[str]],
    *,
    steps: int,
    name: str,
) -> keras.Model:
    """A compiled model with one softmax per label on `feature` [B, D]; steps: updates of all epochs."""
    heads = {
        head: keras.layers.Dense(len(names), activation="softmax", name=head)(feature)
        for head, names in labels.items()
    }
    model = keras.Model(inputs, heads, name=name)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - WARM_UP_STEPS, warmup_target=LEARNING_RATE, warmup_steps=WARM_UP_STEPS
    )
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss=dict.fromkeys(heads, "sparse_categorical_crossentropy"),
        metrics={head: ["accuracy"] for head in heads},
        jit_compile=False,
    )
    return model


def updates(entries: int, epochs: int) -> int:
    """How many batches `epochs` epochs of so many entries have."""
    return epochs * -(-entries // BATCH)

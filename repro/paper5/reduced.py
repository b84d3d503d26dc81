"""VGG-16 with the reduction of its levels inside: fine-tuned with it, then frozen (C27).

    P = max-pooling of a level, 3 x 3 / 2, without padding
    R = ReLU(W P + b)                                     W: 1 x 1, from 512 to C channels
    p = softmax(V mean_i R_i + v)                         the mean is over the places; for fine-tuning alone

The paper prints the reduction under the configuration of the network that is fine-tuned; here it learns from
a classifier above each reduced level, beside VGG-16's own, and R is what is stored.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import KerasTensor, layers


def pooled(level: str, x: KerasTensor) -> KerasTensor:
    """P, [B, h', w', D] -> [B, h, w, D]: 24 x 24 to 11 x 11. It has no weights."""
    return layers.MaxPooling2D(3, strides=2, padding="valid", name=f"{level}_pooled")(x)


def reduced(level: str, x: KerasTensor, channels: int) -> KerasTensor:
    """R, [B, h', w', D] -> [B, h, w, C]."""
    reduction = layers.Conv2D(channels, 1, activation="relu", name=f"{level}_reduce")
    return reduction(pooled(level, x))


def heads(levels: Sequence[str]) -> tuple[str, ...]:
    """The outputs that `with_reductions` adds."""
    return tuple(f"{level}_classes" for level in levels)


def with_reductions(network: keras.Model, levels: Sequence[str], channels: int, classes: int) -> keras.Model:
    """A VGG-16 that classifies, with a reduction of each level and the classes [B, K] that it tells."""
    outputs = dict(network.output)
    for level, head in zip(levels, heads(levels), strict=True):
        x = reduced(level, network.get_layer(level).output, channels)
        x = layers.GlobalAveragePooling2D(name=f"{level}_mean")(x)
        scores = layers.Dense(classes, name=f"{level}_scores")(x)
        outputs[head] = layers.Softmax(name=head, dtype="float32")(scores)
    return keras.Model(network.input, outputs, name=f"{network.name}_reduced")

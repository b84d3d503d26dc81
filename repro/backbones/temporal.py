"""The temporal network of two-stream recognition: VGG-16 on coded optical flow, a stack or a single field.

Simonyan and Zisserman 2014 (ref. [29] of paper 1) in the very deep form of Wang et al. 2015, whose dropout
and start from RGB weights are taken over. Layers have VGG's names, but for `conv1_1_flow`, whose kernel has
another shape; a weight file of an RGB network then fills all others by name. The RGB one is `spatial`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import KerasTensor, layers, ops

from repro.backbones import pretrained, vgg
from repro.types import InputError

FIRST = "conv1_1_flow"
FIRST_LAYER = ("mean", "random")


class TemporalNetwork(NamedTuple):
    """Two views of the same layers; each takes stacks [B, S, S, C], uint8 or float, levels 0..255.

    training: {"flow": class probabilities [B, K]}. features: {"flow": fc7 [B, D]}, after its ReLU.
    """

    training: keras.Model
    features: keras.Model


@keras.saving.register_keras_serializable(package="repro")
class CentreFlow(layers.Layer):
    """Levels 0..255 minus 128, that of no motion: uint8 or float [..., C] -> float [..., C]."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(autocast=False, **settings)  # uint8 goes in, the compute dtype comes out

    def call(self, levels: KerasTensor) -> KerasTensor:
        return ops.cast(levels, self.compute_dtype) - 128

    def compute_output_spec(self, levels: KerasTensor) -> KerasTensor:
        return keras.KerasTensor(levels.shape, dtype=self.compute_dtype)


def temporal_network(
    classes: int,
    *,
    size: int,
    width: float = 1.0,
    channels: int = 20,
    fc_dropout: tuple[float, float] = (0.9, 0.8),
) -> TemporalNetwork:
    """VGG-16's layers on stacks of `channels` levels, `size` pixels a side; all of them are trained.

    classes: K. width: 1 for the paper's channels, less for all layers alike. channels: 20 for stacks of ten
    fields, 2 for the single field of paper 4. fc_dropout: after fc6 and fc7.
    """
    stack = keras.Input((size, size, channels), name="stack")
    x = CentreFlow(name="centre_flow")(stack)
    x = layers.Conv2D(round(vgg.CHANNELS[0] * width), 3, padding="same", activation="relu", name=FIRST)(x)
    for name in vgg.endpoints(vgg.VGG16)[1:]:
        x = vgg.layer(name, width)(x)
    feature, probabilities = vgg.fine_tuned_top(x, classes, width=width, dropout=fc_dropout, name="flow")
    return TemporalNetwork(
        training=keras.Model(stack, {"flow": probabilities}, name="temporal_network"),
        features=keras.Model(stack, {"flow": feature}, name="temporal_features"),
    )


def start_from_rgb(
    model: keras.Model, pretraining: str, weights_folder: Path, first_layer: str = "mean"
) -> None:
    """Fill a temporal network from the weights of an RGB network (cross-modality initialisation).

    first_layer: with `mean` the first kernel, [3, 3, 3, M], is averaged over the three colours and given to
    every flow channel, and its bias is copied; with `random` that layer keeps its draw. All other layers are
    copied by name. pretraining: as in `pretrained.load`, with the same errors; `random` leaves the whole
    network as it was drawn. Raises ValueError for another `first_layer`.
    """
    if first_layer not in FIRST_LAYER:
        raise ValueError(f"first_layer {first_layer!r}; wanted one of {', '.join(FIRST_LAYER)}")
    if pretraining == "random":
        return
    if first_layer == "random":
        pretrained.load(model, pretraining, weights_folder)
        return
    first = model.get_layer(FIRST)
    image = keras.Input((None, None, 3), name="image")
    colours = layers.Conv2D(first.filters, first.kernel_size, name="conv1_1")
    # One network of both: large weights are then fetched and read once, and no second network is drawn.
    rest = keras.Model([first.output, image], {**model.output, "conv1_1": colours(image)})
    drawn, _ = colours.get_weights()
    pretrained.load(rest, pretraining, weights_folder)
    kernel, bias = colours.get_weights()
    if np.array_equal(kernel, drawn):
        raise InputError(
            f"the weights {pretraining!r} have no conv1_1 to start the flow network from; "
            "--pretraining takes imagenet, standin, random or a file with all layers of VGG-16"
        )
    mean = kernel.mean(axis=2, keepdims=True)
    first.set_weights([np.repeat(mean, first.kernel.shape[2], axis=2), bias])

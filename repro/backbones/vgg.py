"""VGG-16 and VGG-19 from one list of blocks, layer by layer under the papers' names (conv1_1 ... fc8).

Simonyan and Zisserman 2015, configurations D and E. 3x3 convolutions, stride 1, same padding, ReLU; 2x2
max pooling, stride 2. At `width` 1 the channels are the paper's; smaller widths shrink all layers alike.
"""

from __future__ import annotations

import keras
from keras import KerasTensor, layers

from repro.backbones.outputs import probabilities
from repro.backbones.preprocessing import CaffeBGR

VGG16 = (2, 2, 3, 3, 3)  # convolutions per block
VGG19 = (2, 2, 4, 4, 4)
CHANNELS = (64, 128, 256, 512, 512)
FC_UNITS = 4096
ENDPOINTS = ("pool5", "fc7", "softmax")  # of `endpoint_model`


def endpoints(blocks: tuple[int, ...]) -> tuple[str, ...]:
    """The names of all convolution and pooling layers in order: the table of contents of the network."""
    names = []
    for block, convolutions in enumerate(blocks, start=1):
        names += [f"conv{block}_{i}" for i in range(1, convolutions + 1)] + [f"pool{block}"]
    return tuple(names)


def layer(name: str, width: float = 1.0, prefix: str = "", suffix: str = "") -> layers.Layer:
    """The convolution or pooling layer of that name, e.g. `conv5_3`: 512 * width channels."""
    if name.startswith("pool"):
        return layers.MaxPooling2D(2, strides=2, name=name)
    channels = round(CHANNELS[int(name[4]) - 1] * width)
    return layers.Conv2D(channels, 3, padding="same", activation="relu", name=prefix + name + suffix)


def convolutions(
    x: KerasTensor,
    blocks: tuple[int, ...],
    *,
    width: float = 1.0,
    until: str = "pool5",
    trainable: bool = True,
) -> KerasTensor:
    """Layers from conv1_1 up to and including `until`: preprocessed images [B, H, W, 3] -> maps [B, h, w, C].

    Raises ValueError if `until` is no endpoint of this network.
    """
    names = endpoints(blocks)
    if until not in names:
        raise ValueError(f"no layer {until!r} in VGG; there are {', '.join(names)}")
    for name in names[: names.index(until) + 1]:
        stage = layer(name, width)
        stage.trainable = trainable
        x = stage(x)
    return x


def fully_connected(width: float = 1.0, prefix: str = "") -> tuple[layers.Layer, layers.Layer]:
    """fc6 and fc7 with ReLU, 4096 * width units each; `prefix` names a second pair."""
    units = round(FC_UNITS * width)
    return (
        layers.Dense(units, activation="relu", name=f"{prefix}fc6"),
        layers.Dense(units, activation="relu", name=f"{prefix}fc7"),
    )


def fine_tuned_top(
    pool5: KerasTensor,
    classes: int,
    *,
    width: float,
    dropout: tuple[float, float],
    name: str,
    output: str = "softmax",
) -> tuple[KerasTensor, KerasTensor]:
    """What a fine-tuned network has behind pool5: maps [B, h, w, C] -> fc7 [B, D] and probabilities [B, K].

    dropout: after fc6 and fc7; the first output is fc7 before its dropout. name: of the last layer, which is
    in float32. output: `softmax` or `sigmoid`.
    """
    x = layers.Flatten(name="flatten")(pool5)
    fc6, fc7 = fully_connected(width)
    drop6, drop7 = (
        layers.Dropout(rate, name=f"{layer_name}_dropout")
        for layer_name, rate in zip(("fc6", "fc7"), dropout, strict=True)
    )
    feature = fc7(drop6(fc6(x)))
    scores = layers.Dense(classes, name="fc8")(drop7(feature))
    return feature, probabilities(output, name)(scores)


def endpoint_model(network: keras.Model, maps: str = "pool5") -> keras.Model:
    """What a fine-tuned network says of an image at three depths, by its own layers (paper 4, 5.2).

    network: of `spatial_network` or `temporal_network`, with the softmax as its one output. Gives
    {"pool5": [B, h, w, C], "fc7": [B, D], "softmax": float32 [B, K]}, the first two after their ReLU. maps:
    the layer that pool5 is taken from.
    """
    (probabilities,) = network.output.values()
    outputs = {name: network.get_layer(layer).output for name, layer in (("pool5", maps), ("fc7", "fc7"))}
    return keras.Model(
        network.input, {**outputs, ENDPOINTS[2]: probabilities}, name=f"{network.name}_endpoints"
    )


def vgg(
    blocks: tuple[int, ...],
    *,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    width: float = 1.0,
    classes: int = 1000,
    dropout: float = 0.5,
) -> keras.Model:
    """The whole network: RGB images 0..255 [B, H, W, 3] -> class probabilities [B, K]."""
    image = keras.Input(input_shape, name="image")
    x = convolutions(CaffeBGR(name="caffe_bgr")(image), blocks, width=width)
    x = layers.Flatten(name="flatten")(x)
    for stage in fully_connected(width):
        x = layers.Dropout(dropout, name=f"{stage.name}_dropout")(stage(x))
    probabilities = layers.Dense(classes, activation="softmax", dtype="float32", name="fc8")(x)
    return keras.Model(image, probabilities, name=f"vgg{sum(blocks) + 3}")

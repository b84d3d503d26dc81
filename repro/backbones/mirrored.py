"""What a trained network says of an image or clip and of its mirror image, at chosen layers."""

from __future__ import annotations

import keras
from keras import layers, ops

LAYERS = ("fc6", "fc8")
FLIPPED = "_flipped"


def feature_model(network: keras.Model, names: tuple[str, ...] = LAYERS) -> keras.Model:
    """The input of `network` -> {"fc6", "fc8", "fc6_flipped", "fc8_flipped"}, float32 [B, D] and [B, K].

    network: of `c3d` or `spatial_network`. Each layer as it puts out: fc6 after its ReLU, fc8 raw (paper 3,
    A22). Mirrored is what reaches the first convolution, so after the mean and the crop (paper 3, A20): a
    centre crop of the mirrored frame is another one where the halves of what is left over are unequal. The
    weights are those of `network`, not copies.
    """
    first = next(layer for layer in network.layers if layer.weights)
    image_in = first.input
    rest = keras.Model(image_in, {name: network.get_layer(name).output for name in names})
    outputs = {}
    for ending, image in (("", image_in), (FLIPPED, ops.flip(image_in, axis=-2))):
        for name, feature in rest(image).items():
            key = f"{name}{ending}"
            outputs[key] = layers.Activation("linear", dtype="float32", name=f"{key}_feature")(feature)
    return keras.Model(network.input, outputs, name=f"{network.name}_features")

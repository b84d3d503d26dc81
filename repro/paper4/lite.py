"""A stream's last layers over stored maps of EfficientNet-Lite, in the place of VGG-16 (preset `lite`, A28).

Frames and flow have one frozen trunk, up to conv5-2 in the papers' words; what stands behind it is trained
for each by itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import keras
from keras import layers

from repro.backbones import efficientnet_lite, ends, lite_trunk
from repro.backbones.flow_image import FlowImage
from repro.paper4.recipe import Recipe


class LastLayers(NamedTuple):
    """Two views of the same layers; each takes the stored maps [B, h, w, C].

    training: {ends.HEADS[stream]: probabilities [B, K]}. endpoints: {"pool5": [B, h, w, D], "fc7": [B, 1280],
    "softmax": [B, K]}; none of them is negative.
    """

    training: keras.Model
    endpoints: keras.Model


def last_layers(recipe: Recipe, stream: str, classes: int) -> LastLayers:
    """Block 15 and the head convolution; fc7 is the mean of the head, and dropout and fc8 stand behind it."""
    variant, start = recipe.backbone, ends.end(recipe.backbone, "conv5_2").endpoint
    maps = keras.Input(ends.shape(variant, "conv5_2", recipe.size_px), name="maps")
    head = efficientnet_lite.between(maps, variant, after=start, until="mean", folded=False, trainable=True)
    pool5, fc7 = (ends.behind(head, variant, layer) for layer in (recipe.pool5, "fc7"))
    share = (recipe.rgb_dropout if stream == "rgb" else recipe.flow_dropout)[-1]
    scores = layers.Dense(classes, name="fc8")(layers.Dropout(share, name="fc7_dropout")(fc7))
    softmax = layers.Softmax(name=ends.HEADS[stream], dtype="float32")(scores)
    return LastLayers(
        keras.Model(maps, {ends.HEADS[stream]: softmax}, name=f"{variant}_{stream}"),
        keras.Model(maps, {"pool5": pool5, "fc7": fc7, "softmax": softmax}, name=f"{variant}_{stream}_ends"),
    )


def on_images(recipe: Recipe, stream: str, behind: keras.Model, trained_trunk: Path) -> keras.Model:
    """A view of the last layers with the trunk before it: frames [B, S, S, 3] or fields [B, S, S, 2]."""
    end = ends.end(recipe.backbone, "conv5_2").endpoint
    below = lite_trunk.network(recipe.backbone, end, recipe.size_px, trained_trunk)
    image = keras.Input((recipe.size_px, recipe.size_px, 3 if stream == "rgb" else 2), name="image")
    rgb = image if stream == "rgb" else FlowImage()(image)
    return keras.Model(image, behind(below(rgb)[end]), name=behind.name)

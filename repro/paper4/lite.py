"""A stream's last layers over stored maps of EfficientNet-Lite, in the place of VGG-16 (preset `lite`, A28).

Frames and flow have one frozen trunk, up to conv5-2 in the papers' words; what stands behind it is trained
for each by itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import keras
from keras import layers

from repro.backbones import efficientnet_lite, ends
from repro.backbones.flow_image import FlowImage
from repro.backbones.mirrored import FLIPPED
from repro.experiment import trunk
from repro.experiment.experiment import Experiment
from repro.experiment.streams import HEADS
from repro.features.store import FeatureStore
from repro.input_pipeline import MapBatches
from repro.paper4.recipe import Recipe
from repro.types import VideoRef


class LastLayers(NamedTuple):
    """Two views of the same layers; each takes the stored maps [B, h, w, C].

    training: {HEADS[stream]: probabilities [B, K]}. endpoints: {"pool5": [B, h, w, D], "fc7": [B, 1280],
    "softmax": [B, K]}; none of them is negative.
    """

    training: keras.Model
    endpoints: keras.Model


def last_layers(recipe: Recipe, stream: str, classes: int) -> LastLayers:
    """Block 15 and the head convolution; fc7 is the mean of the head, and dropout and fc8 stand behind it."""
    variant, start = recipe.backbone, ends.end(recipe.backbone, "conv5_2").endpoint
    maps = keras.Input(ends.shape(variant, "conv5_2", recipe.size_px), name="maps")
    found = efficientnet_lite.between(maps, variant, after=start, until="mean", folded=False, trainable=True)
    pool5, fc7 = (ends.behind(found, variant, layer) for layer in (recipe.pool5, "fc7"))
    share = (recipe.rgb_dropout if stream == "rgb" else recipe.flow_dropout)[-1]
    scores = layers.Dense(classes, name="fc8")(layers.Dropout(share, name="fc7_dropout")(fc7))
    softmax = layers.Softmax(name=HEADS[stream], dtype="float32")(scores)
    return LastLayers(
        keras.Model(maps, {HEADS[stream]: softmax}, name=f"{variant}_{stream}"),
        keras.Model(maps, {"pool5": pool5, "fc7": fc7, "softmax": softmax}, name=f"{variant}_{stream}_ends"),
    )


def on_images(recipe: Recipe, stream: str, behind: keras.Model, trained_trunk: Path) -> keras.Model:
    """A view of the last layers with the trunk before it: frames [B, S, S, 3] or fields [B, S, S, 2]."""
    end = ends.end(recipe.backbone, "conv5_2").endpoint
    below = trunk.network(recipe.backbone, end, recipe.size_px, trained_trunk)
    image = keras.Input((recipe.size_px, recipe.size_px, 3 if stream == "rgb" else 2), name="image")
    rgb = image if stream == "rgb" else FlowImage()(image)
    return keras.Model(image, behind(below(rgb)[end]), name=behind.name)


def batches(
    experiment: Experiment,
    recipe: Recipe,
    stream: str,
    maps: FeatureStore,
    refs: tuple[VideoRef, ...],
    train: bool,
) -> MapBatches:
    """Stored maps of single frames, or fields, with labels; to train on: drawn, some of them mirrored."""
    return MapBatches(
        refs,
        maps.read_stored,
        name=trunk.MAPS,
        mirrored=f"{trunk.MAPS}{FLIPPED}",
        rows_per_visit=recipe.frames_per_visit,
        batch=recipe.rgb_batch if stream == "rgb" else recipe.flow_batch,
        seed=experiment.seed,
        flip_probability=recipe.flip_probability if train else None,
        heads=(HEADS[stream],),
    )

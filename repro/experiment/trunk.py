"""The maps of a frozen trunk, stored once for all that is trained on them (preset `lite`).

A trunk that is not trained says the same of a frame whenever it is asked; so it is asked once, of the frame
as filmed and of its mirror image, and every epoch reads the answer. Fields of flow go through the same trunk
as images of three channels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
from keras import ops

from repro.backbones import efficientnet_lite, lite_trunk
from repro.backbones.flow_image import FlowImage
from repro.backbones.mirrored import FLIPPED
from repro.experiment.experiment import Experiment
from repro.experiment.features import Storing, stored_features
from repro.experiment.training import untrained
from repro.features.chunks import grid_frames
from repro.features.flow_store import FlowStore
from repro.features.network import FrameFunction, frame_function
from repro.features.paired import fields_of, paired_lengths
from repro.features.store import FeatureStore
from repro.input_pipeline import MapBatches
from repro.types import VideoRef

MAPS = "maps"  # as filmed; f"{MAPS}{FLIPPED}" of the mirror image


def _mirrored_too(trunk: keras.Model, endpoint: str, of_flow: bool) -> keras.Model:
    """Images [B, S, S, 3] or fields [B, S, S, 2] -> {"maps", "maps_flipped"}: the endpoint of each and of its
    mirror image.
    """
    size = trunk.input.shape[1]
    image = keras.Input((size, size, 2 if of_flow else 3), name="image")
    if of_flow:
        filmed, mirrored = FlowImage()(image), FlowImage(mirrored=True)(image)
    else:
        filmed, mirrored = image, ops.flip(image, axis=-2)
    outputs = {MAPS: trunk(filmed)[endpoint], f"{MAPS}{FLIPPED}": trunk(mirrored)[endpoint]}
    return keras.Model(image, outputs, name=f"{trunk.name}_{endpoint}")


def row_counts(experiment: Experiment, recipe: Any) -> dict[str, int]:
    """The stored frames of each video by video_id: every `frame_step`-th from the first on."""
    return {video_id: recipe.rows(frames) for video_id, frames in experiment.lengths_frames.items()}


def trained_trunk(experiment: Experiment, recipe: Any) -> Path:
    """The weights of an experiment's trunk: the published ones, or as drawn where nothing is pre-trained."""
    if recipe.pretraining != "random":
        return lite_trunk.weights_of(recipe.backbone, recipe.pretraining, experiment.weights)

    def build() -> keras.Model:
        return efficientnet_lite.efficientnet_lite(recipe.backbone, folded=False)

    return untrained(experiment, "trunk", build, {"backbone": recipe.backbone})


def storing(experiment: Experiment, recipe: Any, endpoint: str, flow: FlowStore | None = None) -> Storing:
    """The endpoint for every `frame_step`-th frame of every video, filmed and mirrored, in float16.

    flow: for the field that leads on from each of these frames, where there is one.
    """
    key = {"trunk": recipe.backbone, "endpoint": endpoint, "size": recipe.size_px, "step": recipe.frame_step}
    values = 2 * math.prod(efficientnet_lite.map_shape(recipe.backbone, endpoint, recipe.size_px))
    rows = row_counts(experiment, recipe)
    if flow is not None:
        key["flow"] = flow.key_digest
        rows = paired_lengths(experiment.lengths_frames, recipe.frame_step)
    return Storing(trained_trunk(experiment, recipe), key, values, rows, dtype="float16")


def stored_maps(
    experiment: Experiment, recipe: Any, endpoint: str, flow: FlowStore | None = None
) -> FeatureStore:
    """The store of `storing`."""
    what = storing(experiment, recipe, endpoint, flow)
    build = partial(_maps_function, recipe, endpoint, what.trained, flow is not None)
    read = (
        grid_frames(grid=recipe.frame_step, resized=None, at_least=1)
        if flow is None
        else fields_of(flow, recipe.frame_step)
    )
    return stored_features(experiment, what, build, read=read, size=recipe.size_px, batch=8)


def _maps_function(recipe: Any, endpoint: str, trained: Path, of_flow: bool) -> FrameFunction:
    trunk = lite_trunk.network(recipe.backbone, endpoint, recipe.size_px, trained)
    model = _mirrored_too(trunk, endpoint, of_flow)
    return frame_function(model, tuple(model.output))


def map_batches(
    experiment: Experiment,
    recipe: Any,
    maps: FeatureStore,
    refs: Sequence[VideoRef],
    train: bool,
    *,
    batch: int,
    heads: Sequence[str],
) -> MapBatches:
    """Stored maps of single frames, or fields, with labels; to train on: drawn, some of them mirrored."""
    return MapBatches(
        refs,
        maps.read_stored,
        name=MAPS,
        mirrored=f"{MAPS}{FLIPPED}",
        rows_per_visit=recipe.frames_per_visit,
        batch=batch,
        seed=experiment.seed,
        flip_probability=recipe.flip_probability if train else None,
        heads=heads,
    )

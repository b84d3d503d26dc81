"""The VGG-16 of paper 5 in a run: fine-tuned on single frames or fields, and the maps it gives of all.

EfficientNet-Lite in its place is used as it was pre-trained.
"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

from repro.augment import CornerCrops
from repro.experiment import training, trunk
from repro.experiment.experiment import Experiment
from repro.experiment.features import Storing, stored_features
from repro.experiment.streams import pixels, reading
from repro.features.extract import Images, frames_of
from repro.features.flow_store import FlowStore
from repro.features.network import FrameFunction, frame_function
from repro.features.paired import paired_lengths
from repro.features.store import FeatureStore
from repro.paper5 import levels
from repro.paper5.recipe import Recipe, network_settings, stored_settings
from repro.types import VideoRef


def fine_tuned(experiment: Experiment, recipe: Recipe, stream: str, flow: FlowStore | None) -> Path:
    """Train on frames, or on fields of `flow`; without updates, the pre-trained weights as they are."""
    if recipe.lite:
        return trunk.trained_trunk(experiment, recipe)
    build = partial(levels.vgg_training_model, recipe, stream, experiment.classes, experiment.weights)
    kind, settings = _kind(recipe, stream), _decides(recipe, flow)
    if not recipe.fine_tune_updates:
        return training.untrained(experiment, kind, build, {**experiment.trained_on(), **settings})
    crops = CornerCrops(scales=recipe.crop_sides, flip_probability=recipe.flip_probability)

    def data(refs: tuple[VideoRef, ...], train: bool) -> training.Batches:
        return pixels(
            experiment,
            refs,
            flow,
            size=recipe.fine_tune_px,
            per_visit=recipe.frames_per_visit,
            batch=recipe.fine_tune_batch,
            crops=crops if train else None,
            more_heads=levels.more_heads(recipe),
        )

    return training.fine_tune(
        experiment,
        kind,
        build,
        data,
        settings,
        validation_fraction=recipe.validation_fraction,
        updates=recipe.fine_tune_updates,
        describe=f"fine-tuning VGG-16 on {'frames' if flow is None else 'flow fields'}",
    )


def fine_tuned_file(experiment: Experiment, recipe: Recipe, stream: str, flow: FlowStore | None) -> Path:
    """Where the weights of `fine_tuned` lie, or will."""
    if recipe.lite:
        return trunk.trained_trunk(experiment, recipe)
    kind, settings = _kind(recipe, stream), _decides(recipe, flow)
    if not recipe.fine_tune_updates:
        return training.untrained_file(experiment, kind, {**experiment.trained_on(), **settings})
    return training.fine_tuned_file(experiment, kind, settings)


def storing(
    experiment: Experiment, recipe: Recipe, stream: str, trained: Path, flow: FlowStore | None
) -> Storing:
    """pool4 and conv5_3 of every frame, or of every field of `flow`."""
    names = levels.map_names(recipe)
    key = {"endpoints": list(names), "maps": stored_settings(recipe), "stream": stream}
    return Storing(
        trained,
        key if flow is None else {**key, "flow": flow.key_digest},
        sum(math.prod(shape) for shape in levels.map_shapes(recipe).values()),
        trunk.row_counts(experiment, recipe) if flow is None else paired_lengths(experiment.lengths_frames),
        recipe.feature_dtype,
    )


def stored(
    experiment: Experiment, recipe: Recipe, stream: str, trained: Path, flow: FlowStore | None
) -> FeatureStore:
    """The store of `storing`."""
    return stored_features(
        experiment,
        storing(experiment, recipe, stream, trained, flow),
        partial(_function, recipe, stream, trained),
        read=reading(flow, partial(_frames, recipe)),
        size=recipe.size_px,
        batch=32,
        describe=f"extracting {stream} maps",
    )


def _function(recipe: Recipe, stream: str, trained: Path) -> FrameFunction:
    return frame_function(levels.trained_map_network(recipe, stream, trained), levels.map_names(recipe))


def _frames(recipe: Recipe, ref: VideoRef, size: int, limit: int | None) -> Images:
    """The frames whose maps are stored: every `frame_step`-th from the first on."""
    return frames_of(ref, size, limit, recipe.resize, recipe.frame_step)


def _kind(recipe: Recipe, stream: str) -> str:
    """What a network is called in the cache."""
    return f"{levels.network_name(recipe, stream)}-maps"


def _decides(recipe: Recipe, flow: FlowStore | None) -> dict[str, Any]:
    """What decides a network besides the videos."""
    settings: dict[str, Any] = {"recipe": network_settings(recipe)}
    return settings if flow is None else {**settings, "flow": flow.key_digest}

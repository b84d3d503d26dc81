"""The VGG-16 of paper 5 in a run: fine-tuned on single frames or fields, and the maps it gives of all."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

from repro.augment import CornerCrops
from repro.experiment import training
from repro.experiment.features import Storing, stored_features
from repro.experiment.job import Job
from repro.experiment.streams import pixels, reading
from repro.features.extract import frames_of
from repro.features.flow_store import FlowStore
from repro.features.network import FrameFunction, frame_function
from repro.features.paired import paired_lengths
from repro.features.store import FeatureStore
from repro.paper5 import networks
from repro.paper5.recipe import Recipe, map_settings, network_settings
from repro.types import VideoRef


def fine_tuned(job: Job, recipe: Recipe, stream: str, flow: FlowStore | None) -> Path:
    """Train on frames, or on fields of `flow`; without updates, the pre-trained weights as they are."""
    build = partial(networks.vgg_training_model, recipe, stream, job.classes, job.weights)
    kind, settings = _kind(recipe, stream), _decides(recipe, flow)
    if not recipe.fine_tune_updates:
        return training.untrained(job, kind, build, {**job.trained_on(), **settings})
    crops = CornerCrops(scales=recipe.crop_sides, flip_probability=recipe.flip_probability)

    def data(refs: tuple[VideoRef, ...], train: bool) -> training.Batches:
        return pixels(
            job,
            refs,
            flow,
            size=recipe.fine_tune_px,
            per_visit=recipe.frames_per_visit,
            batch=recipe.fine_tune_batch,
            crops=crops if train else None,
            more_heads=networks.more_heads(recipe),
        )

    return training.fine_tune(
        job,
        kind,
        build,
        data,
        settings,
        validation_fraction=recipe.validation_fraction,
        updates=recipe.fine_tune_updates,
        describe=f"fine-tuning VGG-16 on {'frames' if flow is None else 'flow fields'}",
    )


def fine_tuned_file(job: Job, recipe: Recipe, stream: str, flow: FlowStore | None) -> Path:
    """Where the weights of `fine_tuned` lie, or will."""
    kind, settings = _kind(recipe, stream), _decides(recipe, flow)
    if not recipe.fine_tune_updates:
        return training.untrained_file(job, kind, {**job.trained_on(), **settings})
    return training.fine_tuned_file(job, kind, settings)


def storing(job: Job, recipe: Recipe, stream: str, trained: Path, flow: FlowStore | None) -> Storing:
    """pool4 and conv5_3 of every frame, or of every field of `flow`."""
    names = networks.map_names(recipe)
    key = {"endpoints": list(names), "maps": map_settings(recipe), "stream": stream}
    return Storing(
        trained,
        key if flow is None else {**key, "flow": flow.key_digest},
        len(names) * math.prod(networks.map_shape(recipe)),
        job.lengths_frames if flow is None else paired_lengths(job.lengths_frames),
        recipe.feature_dtype,
    )


def stored(job: Job, recipe: Recipe, stream: str, trained: Path, flow: FlowStore | None) -> FeatureStore:
    """The store of `storing`."""

    def network() -> FrameFunction:
        built = networks.trained_map_network(recipe, stream, trained)
        return frame_function(built, networks.map_names(recipe))

    return stored_features(
        job,
        storing(job, recipe, stream, trained, flow),
        network,
        read=reading(flow, partial(frames_of, way=recipe.resize)),
        size=recipe.size_px,
        batch=32,
        describe=f"extracting {stream} maps",
    )


def _kind(recipe: Recipe, stream: str) -> str:
    """What a network is called in the cache."""
    return f"{networks.network_name(recipe, stream)}-maps"


def _decides(recipe: Recipe, flow: FlowStore | None) -> dict[str, Any]:
    """What decides a network besides the videos."""
    settings: dict[str, Any] = {"recipe": network_settings(recipe)}
    return settings if flow is None else {**settings, "flow": flow.key_digest}

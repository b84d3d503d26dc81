"""The convolutional networks of paper 3 in a run: trained on chunks or frames, and what they say of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from repro.backbones.mirrored import FLIPPED, LAYERS, feature_model
from repro.experiment import training
from repro.experiment.features import stored_features
from repro.experiment.job import Job
from repro.features import chunks
from repro.features.network import FrameFunction, frame_function
from repro.features.store import FeatureStore
from repro.input_pipeline import ChunkBatches, FrameBatches
from repro.paper3 import networks
from repro.paper3.recipe import Recipe, cnn_settings, several
from repro.types import VideoRef

CHUNKS_AT_ONCE, FRAMES_AT_ONCE = 16, 64  # in a network; only memory and speed depend on it


def prepared(job: Job, recipe: Recipe, name: str) -> tuple[Path, int]:
    """C3D and VGG_act trained on the data, the others as they were pre-trained; weights and classes."""
    settings: dict[str, Any] = {"recipe": cnn_settings(recipe)}
    if name not in networks.TRAINED_HERE:
        classes = networks.pretrained_classes(recipe, name)
        build = partial(networks.pretrained_network, recipe, name, classes, job.weights)
        return training.untrained(job, name, build, settings), classes
    settings["task"] = recipe.task
    if recipe.task == "hollywood2":
        settings["over_classes"] = recipe.over_classes  # decides its loss
    fine_tuned = training.fine_tune(
        job,
        name if recipe.task == "activitynet" else f"{name}-{recipe.task}",
        partial(networks.fine_tuning_network, recipe, name, job.classes, job.weights),
        partial(pixels, job, recipe, name),
        settings,
        validation_fraction=recipe.validation_fraction,
        updates=recipe.cnn_updates,
        describe=f"fine-tuning {'C3D on chunks' if name == 'c3d' else 'VGG-19 on frames'}",
    )
    return fine_tuned, job.classes


def pixels(
    job: Job, recipe: Recipe, name: str, refs: tuple[VideoRef, ...], train: bool
) -> ChunkBatches | FrameBatches:
    """Chunks for C3D, frames for a VGG-19, with the labels of their videos."""
    settings: dict[str, Any] = {
        "batch": recipe.cnn_batch,
        "seed": job.seed,
        "heads": (networks.HEADS[name],),
        "multi_label": several(recipe, job.classes),
    }
    if name != "c3d":
        return FrameBatches(
            refs,
            job.lengths_frames,
            size=recipe.vgg_px,
            frames_per_visit=recipe.samples_per_visit,
            augmentation=networks.frame_crops(recipe) if train else None,
            resized=recipe.vgg_short_side_px or None,
            **settings,
        )
    height, width = recipe.c3d_resized_px
    return ChunkBatches(
        refs,
        job.lengths_frames,
        length=networks.windows(recipe).chunk_frames,
        height=height,
        width=width,
        chunks_per_visit=recipe.samples_per_visit,
        shuffle=train,
        **settings,
    )


def stored(job: Job, name: str, trained: Path, classes: int) -> FeatureStore:
    """fc6 and fc8, as filmed and mirrored, of every chunk or frame on the grid of every video."""
    recipe = job.recipe
    read, rows = networks.reader(recipe, name)

    def network() -> FrameFunction:
        built = networks.trained_network(recipe, name, classes, job.weights, trained)
        names = tuple(layer + ending for ending in ("", FLIPPED) for layer in LAYERS)
        return frame_function(feature_model(built, LAYERS), names)

    return stored_features(
        job,
        trained,
        {"network": name, "recipe": cnn_settings(recipe), "rows": rows},
        network,
        read=read,
        size=recipe.vgg_px,
        lengths=chunks.row_counts(job.lengths_frames, **rows),
        dtype=recipe.feature_dtype,
        batch=CHUNKS_AT_ONCE if name == "c3d" else FRAMES_AT_ONCE,
        describe=f"extracting features of {name}",
    )

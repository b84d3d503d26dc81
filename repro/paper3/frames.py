"""The convolutional networks of paper 3 in a run: trained on chunks or frames, and what they say of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from repro.backbones.mirrored import FLIPPED, LAYERS
from repro.experiment import training, trunk
from repro.experiment.experiment import Experiment
from repro.experiment.features import Storing, stored_features
from repro.features import chunks
from repro.features.network import FrameFunction, frame_function
from repro.features.store import FeatureStore
from repro.input_pipeline import ChunkBatches, FrameBatches
from repro.paper3 import networks
from repro.paper3.recipe import Recipe, cnn_settings, several
from repro.types import VideoRef

CHUNKS_AT_ONCE, FRAMES_AT_ONCE = 16, 64  # in a network; only memory and speed depend on it


def prepared(experiment: Experiment, recipe: Recipe, name: str) -> tuple[Path, int]:
    """C3D and VGG_act trained on the data, the others as they were pre-trained; weights and classes."""
    settings, classes = network_settings(recipe, name), classes_of(experiment, recipe, name)
    if recipe.lite:
        return trunk.trained_trunk(experiment, recipe), classes
    if name not in networks.TRAINED_HERE:
        build = partial(networks.pretrained_network, recipe, name, classes, experiment.weights)
        return training.untrained(experiment, name, build, settings), classes
    fine_tuned = training.fine_tune(
        experiment,
        kind_of(recipe, name),
        partial(networks.fine_tuning_network, recipe, name, experiment.classes, experiment.weights),
        partial(pixels, experiment, recipe, name),
        settings,
        validation_fraction=held_out(recipe),
        updates=recipe.cnn_updates,
        describe=f"fine-tuning {'C3D on chunks' if name == 'c3d' else 'VGG-19 on frames'}",
    )
    return fine_tuned, classes


def to_be_prepared(experiment: Experiment, recipe: Recipe, name: str) -> tuple[Path, int]:
    """The same as `prepared`, whether the weights are there yet or not."""
    settings, classes = network_settings(recipe, name), classes_of(experiment, recipe, name)
    if recipe.lite:
        return trunk.trained_trunk(experiment, recipe), classes
    if name not in networks.TRAINED_HERE:
        return training.untrained_file(experiment, name, settings), classes
    selects = held_out(recipe) > 0
    return training.fine_tuned_file(experiment, kind_of(recipe, name), settings, selects=selects), classes


def held_out(recipe: Recipe) -> float:
    """The share of the training videos that select the epoch of a network: none on Hollywood2 (A17)."""
    return recipe.validation_fraction if recipe.task == "activitynet" else 0.0


def classes_of(experiment: Experiment, recipe: Recipe, name: str) -> int:
    """How many classes a network has."""
    return experiment.classes if name in networks.TRAINED_HERE else networks.pretrained_classes(recipe, name)


def kind_of(recipe: Recipe, name: str) -> str:
    """What a network that is trained here is called in the cache."""
    return name if recipe.task == "activitynet" else f"{name}-{recipe.task}"


def network_settings(recipe: Recipe, name: str) -> dict[str, Any]:
    """What decides a network besides the videos."""
    settings: dict[str, Any] = {"recipe": cnn_settings(recipe)}
    if name in networks.TRAINED_HERE:
        settings["task"] = recipe.task
        if recipe.task == "hollywood2":
            settings["over_classes"] = recipe.over_classes  # decides its loss
    if name == "c3d":  # decides what is learnt, though no weight's shape tells it
        settings["chunk_frames"] = networks.windows(recipe).chunk_frames
    return settings


def pixels(
    experiment: Experiment, recipe: Recipe, name: str, refs: tuple[VideoRef, ...], train: bool
) -> ChunkBatches | FrameBatches:
    """Chunks for C3D, frames for a VGG-19, with the labels of their videos."""
    settings: dict[str, Any] = {
        "batch": recipe.cnn_batch,
        "seed": experiment.seed,
        "heads": (networks.HEADS[name],),
        "multi_label": several(recipe, experiment.classes),
    }
    if name != "c3d":
        return FrameBatches(
            refs,
            experiment.lengths_frames,
            size=recipe.vgg_px,
            frames_per_visit=recipe.samples_per_visit,
            augmentation=networks.frame_crops(recipe) if train else None,
            resized=recipe.vgg_short_side_px or None,
            **settings,
        )
    height, width = recipe.c3d_resized_px
    return ChunkBatches(
        refs,
        experiment.lengths_frames,
        length=networks.windows(recipe).chunk_frames,
        height=height,
        width=width,
        chunks_per_visit=recipe.samples_per_visit,
        shuffle=train,
        **settings,
    )


def storing(experiment: Experiment, name: str, trained: Path, classes: int) -> Storing:
    """fc6 and fc8, as filmed and mirrored, of every chunk or frame on the grid of every video."""
    recipe = experiment.recipe
    _, rows = networks.reader(recipe, name)
    return Storing(
        trained,
        {"network": name, "recipe": cnn_settings(recipe), "rows": rows},
        2 * sum(networks.width_of(recipe, layer, classes) for layer in LAYERS),
        chunks.row_counts(experiment.lengths_frames, **rows),
        recipe.feature_dtype,
    )


def stored(experiment: Experiment, name: str, trained: Path, classes: int) -> FeatureStore:
    """The store of `storing`."""
    recipe = experiment.recipe
    read, _ = networks.reader(recipe, name)
    return stored_features(
        experiment,
        storing(experiment, name, trained, classes),
        partial(_function, recipe, name, classes, experiment.weights, trained),
        read=read,
        size=recipe.vgg_px,
        batch=CHUNKS_AT_ONCE if name == "c3d" else FRAMES_AT_ONCE,
        describe=f"extracting features of {name}",
    )


def _function(recipe: Recipe, name: str, classes: int, weights_folder: Path, trained: Path) -> FrameFunction:
    built = networks.feature_network(recipe, name, classes, weights_folder, trained)
    names = tuple(layer + ending for ending in ("", FLIPPED) for layer in LAYERS)
    return frame_function(built, names)

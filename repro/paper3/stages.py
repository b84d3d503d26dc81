"""The stages of paper 3, from clips to trained decoders. Each is skipped when its result is already there.

prepare           C3D and VGG-19: fine-tuned, or as pre-trained     -> cache/networks/NAME/best.npz
extract_features  fc6 and fc8 on the grid, as filmed and mirrored   -> the feature store
train_decoder     an LSTM, with or without attention, on windows    -> RUN/sequence/NAME/{best,final}.npz

Networks and features lie in the cache, under names that hold a digest of all that decides them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from repro.augment import CornerCrops
from repro.backbones import weights
from repro.backbones.mirrored import FLIPPED, LAYERS, feature_model
from repro.datasets import hold_out
from repro.experiment.job import Job
from repro.features import chunks
from repro.features.extract import extract
from repro.features.network import frame_function
from repro.features.store import FeatureStore
from repro.input_pipeline import ChunkBatches, FrameBatches, WindowBatches
from repro.input_pipeline.window_batches import Stored
from repro.paper3 import networks
from repro.paper3.recipe import Recipe, cnn_settings, decoder_settings, schedule
from repro.training.fit import fit
from repro.training.run_folder import RunFolder
from repro.training.seeding import seed_everything
from repro.types import VideoRef
from repro.video import decode

CHUNKS_AT_ONCE, FRAMES_AT_ONCE = 16, 64  # in a network; only memory and speed depend on it
Start = Callable[[keras.Model], Any]  # fills a new decoder from a trained one


class Trained(NamedTuple):
    """A convolutional network ready to give features: its weights and how many classes it has."""

    weights: Path
    outputs: int


class Features(NamedTuple):
    """The stored features by network, and how wide their fc8 is."""

    stores: Mapping[str, FeatureStore]
    outputs: Mapping[str, int]

    def sources(self, recipe: Recipe) -> dict[str, Stored]:
        """Where the inputs of a recipe's decoder lie."""
        return sources_of(recipe, {name: store.read_part for name, store in self.stores.items()})

    def digest(self, recipe: Recipe) -> str:
        """Names all that decided what the recipe's model reads."""
        return "+".join(f"{name}:{self.stores[name].key_digest}" for name in read_by(recipe))


def sources_of(recipe: Recipe, readers: Mapping[str, Callable[..., Any]]) -> dict[str, Stored]:
    """The inputs of a recipe's decoder; readers: network -> what reads its features."""
    found = {"input": Stored(readers[recipe.input], "fc6")}
    if recipe.architecture == "alstm":
        read = readers[recipe.attended]
        if recipe.fc8_softmax and recipe.layer == "fc8":
            read = partial(_softmax_of, read)
        found["attended"] = Stored(read, recipe.layer)
    return found


def read_by(recipe: Recipe) -> tuple[str, ...]:
    """The networks whose features a recipe's model reads."""
    if recipe.architecture == "alstm":
        return tuple(dict.fromkeys((recipe.input, recipe.attended)))
    return (recipe.input,)


def _softmax_of(
    read: Callable[..., Mapping[str, NDArray[np.float32]]], *where: Any
) -> dict[str, NDArray[np.float32]]:
    arrays = {}
    for name, raw in read(*where).items():
        powers = np.exp(raw - raw.max(axis=-1, keepdims=True))
        arrays[name] = powers / powers.sum(axis=-1, keepdims=True)
    return arrays


def prepare(job: Job, recipe: Recipe, name: str) -> Trained:
    """A network of `NETWORKS`: C3D and VGG_act trained on the data, the others as they were pre-trained."""
    if name in networks.TRAINED_HERE:
        return Trained(_fine_tune(job, recipe, name), len(job.split.classes))
    classes = networks.pretrained_classes(recipe, name)
    settings = {"recipe": cnn_settings(recipe), "seed": job.seed}
    path = job.network_folder(name, settings) / "best.npz"
    if not path.exists():
        seed_everything(job.seed)  # decides what no file fills
        built = networks.network(recipe, name, classes)
        networks.start_pretrained(built, recipe, name, job.weights)
        weights.save(built, path)
    return Trained(path, classes)


def _fine_tune(job: Job, recipe: Recipe, name: str) -> Path:
    train, validation = hold_out(job.split.train, recipe.validation_fraction, job.seed)
    settings = {**job.trained_on(), "recipe": {**cnn_settings(recipe), "task": recipe.task}}
    batches = _pixels(job, recipe, name, train, shuffle=True)
    kind = name if recipe.task == "activitynet" else f"{name}-{recipe.task}"
    with RunFolder(job.network_folder(kind, settings)) as folder:
        result = fit(
            partial(networks.fine_tuning_network, recipe, name, len(job.split.classes), job.weights),
            batches,
            validation=_pixels(job, recipe, name, validation, shuffle=False),
            epochs=max(1, round(recipe.cnn_updates / batches.steps_per_epoch)),
            folder=folder.path,
            seed=job.seed,
            strategy=job.strategy,
            settings=settings,
            describe=f"fine-tuning {'C3D on chunks' if name == 'c3d' else 'VGG-19 on frames'}",
        )
    return result.weights


def _pixels(
    job: Job, recipe: Recipe, name: str, refs: tuple[VideoRef, ...], *, shuffle: bool
) -> ChunkBatches | FrameBatches:
    several = len(job.split.classes) if recipe.task == "hollywood2" else None
    heads = (networks.HEADS[name],)
    if name == "c3d":
        height, width = recipe.c3d_resized_px
        return ChunkBatches(
            refs,
            job.lengths_frames,
            length=networks.windows(recipe).chunk_frames,
            height=height,
            width=width,
            chunks_per_visit=recipe.samples_per_visit,
            batch=recipe.cnn_batch,
            seed=job.seed,
            shuffle=shuffle,
            heads=heads,
            multi_label=several,
        )
    crops = CornerCrops(scales=recipe.vgg_crop_sides, flip_probability=recipe.vgg_flip_probability)
    return FrameBatches(
        refs,
        job.lengths_frames,
        size=recipe.vgg_px,
        frames_per_visit=recipe.samples_per_visit,
        batch=recipe.cnn_batch,
        seed=job.seed,
        augmentation=crops if shuffle else None,
        heads=heads,
        multi_label=several,
    )


def extract_features(job: Job, recipe: Recipe, name: str, trained: Trained) -> FeatureStore:
    """fc6 and fc8, as filmed and mirrored, of every chunk or frame on the grid of every video."""
    chunk = networks.windows(recipe).chunk_frames if name == "c3d" else 1
    rows = {"length": chunk, "grid": recipe.start_grid, "at_least": recipe.window_frames}
    key: dict[str, Any] = {
        "network": name,
        "weights": weights.checksum(trained.weights),
        "recipe": cnn_settings(recipe),
        "rows": rows,
        "decoder": decode.VERSION,
    }
    store = FeatureStore(job.cache / "features", key, recipe.feature_dtype)
    missing = [ref for ref in (*job.split.train, *job.split.test) if not store.has(ref)]
    if missing:
        built = loaded(job, recipe, name, trained)
        names = tuple(layer + ending for ending in ("", FLIPPED) for layer in LAYERS)
        height, width = recipe.c3d_resized_px
        grid, at_least = recipe.start_grid, recipe.window_frames
        if name == "c3d":
            read = chunks.chunks_of(**rows, height=height, width=width)
        else:
            resized = recipe.vgg_short_side_px or None
            read = chunks.grid_frames(grid=grid, resized=resized, at_least=at_least)
        extract(
            missing,
            frame_function(feature_model(built, LAYERS), names),
            store,
            size=recipe.vgg_px,
            limit=None,
            lengths=chunks.row_counts(job.lengths_frames, **rows),
            read=read,
            batch=CHUNKS_AT_ONCE if name == "c3d" else FRAMES_AT_ONCE,
            describe=f"extracting features of {name}",
        )
    return store


def loaded(job: Job, recipe: Recipe, name: str, trained: Trained) -> keras.Model:
    """A network with its weights."""
    built = networks.network(recipe, name, trained.outputs, job.weights)
    weights.load(built, trained.weights)
    return built


def train_decoder(
    job: Job, features: Features, recipe: Recipe, name: str, start: Start | None = None
) -> Path:
    """Train the decoder of a row on stored features, one random window of each video an epoch.

    start: fills the new decoder from a trained one (Hollywood2 from ActivityNet).
    """
    train, validation = hold_out(job.split.train, recipe.validation_fraction, job.seed)
    plan = schedule(recipe)
    if plan.patience is None:  # nothing is held out where nothing is selected
        train = job.split.train
    classes = len(job.split.classes)
    outputs = features.outputs[recipe.attended] if recipe.architecture == "alstm" else None

    def build() -> keras.Model:
        built = networks.training_decoder(recipe, classes, outputs)
        if start is not None:
            start(built)
        return built

    batches = _windows(job, features, recipe, train, shuffle=True)
    result = fit(
        build,
        batches,
        validation=_windows(job, features, recipe, validation, shuffle=False),
        epochs=max(1, ceil(plan.updates / batches.steps_per_epoch)),
        folder=job.folder.path / "sequence" / name,
        seed=job.seed,
        strategy=job.strategy,
        select_best=plan.patience is not None,
        patience=plan.patience,
        settings={
            **job.trained_on(),
            "recipe": decoder_settings(recipe),
            "features": features.digest(recipe),
        },
        describe=f"training {name}",
    )
    return result.weights


def _windows(
    job: Job, features: Features, recipe: Recipe, refs: tuple[VideoRef, ...], *, shuffle: bool
) -> WindowBatches:
    plan = schedule(recipe)
    return WindowBatches(
        refs,
        features.sources(recipe),
        job.lengths_frames,
        networks.windows(recipe),
        batch=plan.batch,
        seed=job.seed,
        shuffle=shuffle,
        flip_probability=plan.flip_probability if shuffle else 0.0,
        multi_label=len(job.split.classes) if recipe.task == "hollywood2" else None,
    )


def trained_decoder(recipe: Recipe, classes: int, outputs: int | None, trained: Path) -> keras.Model:
    """The recipe's decoder with the weights of `train_decoder`."""
    built = networks.decoder(recipe, classes, outputs)
    weights.load(built, trained)
    return built


def long_enough(job: Job, frames: int) -> Job:
    """The job without videos shorter than a window, which the paper leaves out of ActivityNet (4.1)."""
    train, test = (
        tuple(ref for ref in part if job.lengths_frames[ref.video_id] >= frames)
        for part in (job.split.train, job.split.test)
    )
    return replace(job, split=replace(job.split, train=train, test=test))

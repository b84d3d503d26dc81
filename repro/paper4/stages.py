"""The stages of paper 4, from clips to score files. Each is skipped when its result is already there.

fine_tune         VGG-16 of a stream on single frames or flow fields -> cache/networks/NAME/best.npz
extract_features  its pool5, fc7 and softmax of every frame          -> the feature store
train_sequence    an architecture on random snippets                 -> RUN/sequence/NAME/best.npz
score             what it says of every test video                   -> RUN/scores/NAME.npz

Networks and features lie in the cache, under names that hold a digest of all that decides them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from repro.augment import CornerCrops
from repro.backbones import weights
from repro.backbones.vgg import ENDPOINTS, endpoint_model
from repro.datasets import hold_out
from repro.experiment.job import Job
from repro.features.extract import Reader, extract
from repro.features.flow_store import FlowSettings, FlowStore, stored_flow
from repro.features.network import frame_function
from repro.features.paired import fields_of, paired_frames, paired_lengths
from repro.features.store import FeatureStore
from repro.input_pipeline import FlowBatches, FrameBatches, SnippetBatches
from repro.paper4 import keeping, model, networks
from repro.paper4.recipe import Recipe, network_settings, sequence_settings
from repro.training.fit import fit
from repro.training.run_folder import RunFolder
from repro.types import VideoRef
from repro.video import decode

CONVNET = "convnet"  # VGG-16 alone, Table 1's first rows
Arrays = dict[str, NDArray[np.float32]]
Start = Callable[[keras.Model], Any]  # fills a new model from trained ones


class Streams(NamedTuple):
    """The stored features of both streams, and which of them feed which input of a model."""

    stores: Mapping[str, FeatureStore]  # by stream

    @property
    def digest(self) -> str:
        """Names all that decided the values."""
        return "+".join(f"{stream}:{store.key_digest}" for stream, store in sorted(self.stores.items()))

    def only(self, streams: tuple[str, ...]) -> Streams:
        """Some of the streams: what a model does not read does not decide it."""
        return Streams({stream: self.stores[stream] for stream in streams})

    def frames(self, ref: VideoRef) -> int:
        """n: the frames that have features in every stream; a flow field needs the frame after it (2.1)."""
        return min(store.length(ref) for store in self.stores.values())

    def read(self, wanted: Mapping[str, tuple[str, str]], ref: VideoRef, start: int, stop: int) -> Arrays:
        """Frames [start, stop) by input name; wanted: input -> (stream, endpoint)."""
        return {
            name: self.stores[stream].read_part(ref, start, stop, (endpoint,))[endpoint]
            for name, (stream, endpoint) in wanted.items()
        }


def streams_of(recipe: Recipe) -> tuple[str, ...]:
    """The streams a recipe's model reads: its own, and flow where a bottom layer follows it."""
    return tuple(dict.fromkeys(stream for stream, _ in feeds(recipe).values()))


def feeds(recipe: Recipe) -> dict[str, tuple[str, str]]:
    """Input of the recipe's model -> (stream, endpoint) whose stored features it takes."""
    if recipe.architecture == CONVNET:
        return {"softmax": (recipe.stream, "softmax")}
    return {
        name: ("flow" if name == "motion" else recipe.stream, endpoint)
        for name, endpoint in model.inputs_of(recipe.architecture)
    }


def flow_of(job: Job, recipe: Recipe) -> FlowStore:
    """TV-L1 flow between neighbouring frames of every video, cut, coded in 0..255, stored as JPEG (2.1)."""
    refs, settings = (*job.split.train, *job.split.test), FlowSettings.of(recipe)
    return stored_flow(refs, job.cache / "flow", settings, job.lengths_frames)


def fine_tune(job: Job, recipe: Recipe, stream: str, flow: FlowStore | None) -> Path:
    """Train all layers of a stream's VGG-16 on single frames or fields; the weights of its best epoch."""
    train, validation = hold_out(job.split.train, recipe.validation_fraction, job.seed)
    data = partial(
        _frame_batches if flow is None else partial(_field_batches, flow),
        job,
        recipe,
    )
    updates = recipe.rgb_updates if stream == "rgb" else recipe.flow_updates
    settings = {**job.trained_on(), "recipe": network_settings(recipe, stream)}
    if flow is not None:
        settings["flow"] = flow.key_digest
    if keeping.is_run(recipe.start_from):
        settings["start"] = keeping.checksum(Path(recipe.start_from), stream)
    batches = data(train, augment=True)
    with RunFolder(job.network_folder(f"{stream}-vgg", settings)) as folder:
        result = fit(
            partial(networks.stream_training_model, recipe, stream, len(job.split.classes), job.weights),
            batches,
            validation=data(validation, augment=False),
            epochs=max(1, round(updates / batches.steps_per_epoch)),
            folder=folder.path,
            seed=job.seed,
            strategy=job.strategy,
            settings=settings,
            describe=f"fine-tuning VGG-16 on {'frames' if stream == 'rgb' else 'flow fields'}",
        )
    return result.weights


def _frame_batches(job: Job, recipe: Recipe, refs: tuple[VideoRef, ...], *, augment: bool) -> FrameBatches:
    return FrameBatches(
        refs,
        job.lengths_frames,
        size=recipe.size_px,
        frames_per_visit=recipe.frames_per_visit,
        batch=recipe.rgb_batch,
        seed=job.seed,
        augmentation=_crops(recipe, recipe.rgb_crop_sides) if augment else None,
        heads=(networks.HEADS["rgb"],),
    )


def _field_batches(
    flow: FlowStore, job: Job, recipe: Recipe, refs: tuple[VideoRef, ...], *, augment: bool
) -> FlowBatches:
    return FlowBatches(
        refs,
        load=flow.read,
        lengths=job.lengths_frames,
        size=recipe.size_px,
        fields=1,
        pairing="next",
        stacks_per_visit=recipe.frames_per_visit,
        batch=recipe.flow_batch,
        seed=job.seed,
        augmentation=_crops(recipe, recipe.flow_crop_sides) if augment else None,
        heads=(networks.HEADS["flow"],),
    )


def _crops(recipe: Recipe, sides: tuple[float, ...]) -> CornerCrops:
    return CornerCrops(scales=sides, flip_probability=recipe.flip_probability)


def extract_features(
    job: Job, recipe: Recipe, stream: str, trained: Path, flow: FlowStore | None
) -> FeatureStore:
    """pool5, fc7 and softmax of every frame (or field) of every video, without augmentation (2.2)."""
    key: dict[str, Any] = {
        "weights": weights.checksum(trained),
        "endpoints": list(ENDPOINTS),
        "network": network_settings(recipe, stream),
        "decoder": decode.VERSION,
    }
    store = FeatureStore(job.cache / "features", key, recipe.feature_dtype)
    missing = [ref for ref in (*job.split.train, *job.split.test) if not store.has(ref)]
    if missing:
        network = endpoint_model(fine_tuned(recipe, stream, len(job.split.classes), trained))
        read: Reader = paired_frames if flow is None else fields_of(flow)
        extract(
            missing,
            frame_function(network, ENDPOINTS),
            store,
            size=recipe.size_px,
            limit=None,
            lengths=paired_lengths(job.lengths_frames),
            read=read,
            describe=f"extracting {stream} features",
        )
    return store


def fine_tuned(recipe: Recipe, stream: str, classes: int, trained: Path) -> keras.Model:
    """The VGG-16 of a stream with the weights of `fine_tune`."""
    network = networks.stream_network(recipe, stream, classes)
    weights.load(network, trained)
    return network


def train_sequence(job: Job, streams: Streams, recipe: Recipe, name: str, start: Start | None = None) -> Path:
    """Train the model of a row on stored features, one random snippet of each video an epoch (2.3).

    start: fills the new model from trained ones (5.4, 5.5).
    """
    train, validation = hold_out(job.split.train, recipe.validation_fraction, job.seed)

    def build() -> keras.Model:
        network = networks.sequence_network(recipe, len(job.split.classes))
        if start is not None:
            start(network)
        return network

    result = fit(
        build,
        snippets(job, streams, recipe, train, shuffle=True),
        validation=snippets(job, streams, recipe, validation),
        epochs=recipe.lstm_epochs,
        folder=job.folder.path / "sequence" / name,
        seed=job.seed,
        strategy=job.strategy,
        settings={**job.trained_on(), "recipe": sequence_settings(recipe), "features": streams.digest},
        describe=f"training {name}",
    )
    return result.weights


def start_from_parts(network: keras.Model, *, bottom: Path, top: Path) -> None:
    """Start VideoLSTM from a trained flow ConvLSTM (`bottom`) and RGB ConvALSTM (`top`); 5.4."""
    model.init_from_parts(network, rgb=weights.read(top), flow=weights.read(bottom))


def snippets(
    job: Job, streams: Streams, recipe: Recipe, refs: tuple[VideoRef, ...], *, shuffle: bool = False
) -> SnippetBatches:
    """Batches of snippets: random ones where `shuffle`, else the middle one of each video."""
    return SnippetBatches(
        refs,
        partial(streams.read, feeds(recipe)),
        streams.frames,
        steps=recipe.steps,
        batch=recipe.lstm_batch,
        seed=job.seed,
        shuffle=shuffle,
    )


def trained_sequence(recipe: Recipe, classes: int, trained: Path) -> keras.Model:
    """The recipe's model with the weights of `train_sequence`."""
    network = networks.build(recipe, classes)
    weights.load(network, trained)
    return network

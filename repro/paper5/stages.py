"""The stages of paper 5, from clips to score files. Each is skipped when its result is already there.

fine_tune       VGG-16 of a stream on single frames or flow fields  -> cache/networks/NAME/best.npz
extract_maps    its pool4 and conv5_3 of every frame                -> the feature store
feature_scales  their root mean square over the training videos     -> RUN/scales.json
train_sequence  the joint model on clips of 30 frames               -> RUN/sequence/NAME/final.npz

Networks and features lie in the cache, under names that hold a digest of all that decides them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro.atomic import write_json
from repro.augment import CornerCrops
from repro.backbones import weights
from repro.datasets import hold_out
from repro.experiment.job import Job
from repro.features.extract import Reader, extract, frames_of
from repro.features.flow_store import FlowSettings, FlowStore, stored_flow
from repro.features.network import frame_function
from repro.features.paired import fields_of, paired_lengths
from repro.features.store import FeatureStore
from repro.input_pipeline import FlowBatches, FrameBatches
from repro.input_pipeline.stored_clips import StoredClips
from repro.paper5 import networks
from repro.paper5.recipe import (
    Recipe,
    endpoint_of,
    map_settings,
    network_settings,
    sequence_settings,
    stream_of,
)
from repro.training.fit import fit
from repro.training.run_folder import RunFolder
from repro.types import VideoRef
from repro.video import decode

SHOWN_EPOCHS = (1, 3)  # Figure 7
Arrays = dict[str, NDArray[np.float32]]
Scales = dict[str, float]


class Streams(NamedTuple):
    """The stored maps of every stream, and what each branch of a model reads of them."""

    stores: Mapping[str, FeatureStore]  # by stream

    @property
    def digest(self) -> str:
        """Names all that decided the values."""
        return "+".join(f"{stream}:{store.key_digest}" for stream, store in sorted(self.stores.items()))

    def only(self, streams: tuple[str, ...]) -> Streams:
        """Some of the streams: what a model does not read does not decide it."""
        return Streams({stream: self.stores[stream] for stream in streams})

    def frames(self, ref: VideoRef) -> int:
        """n: the frames that have maps in every stream; a flow field needs the frame after it."""
        return min(store.length(ref) for store in self.stores.values())

    def read(self, recipe: Recipe, ref: VideoRef, start: int, stop: int) -> Arrays:
        """Frames [start, stop) by branch, float32 [stop - start, h, w, C]."""
        ending = "_pooled" if recipe.reduce == "pool_conv1x1" else ""
        found = {}
        for branch in recipe.branches:
            name = endpoint_of(branch) + ending
            found[branch] = self.stores[stream_of(branch)].read_part(ref, start, stop, (name,))[name]
        return found


def flow_of(job: Job, recipe: Recipe) -> FlowStore:
    """TV-L1 flow between neighbouring frames of every video, cut, coded in 0..255, stored as JPEG."""
    refs, settings = (*job.split.train, *job.split.test), FlowSettings.of(recipe)
    return stored_flow(refs, job.cache / "flow", settings, job.lengths_frames)


def fine_tune(job: Job, recipe: Recipe, stream: str, flow: FlowStore | None) -> Path:
    """Train a stream's VGG-16 on single frames or fields; the weights of its best epoch.

    Without updates, the pre-trained weights as they are.
    """
    settings = {**job.trained_on(), "recipe": network_settings(recipe)}
    if flow is not None:
        settings["flow"] = flow.key_digest
    build = partial(networks.vgg_training_model, recipe, stream, len(job.split.classes), job.weights)
    with RunFolder(job.network_folder(f"{stream}-maps", settings)) as folder:
        if not recipe.fine_tune_updates:
            untouched = folder.path / "pretrained.npz"
            if not untouched.exists():
                weights.save(build(), untouched)
            return untouched
        train, validation = hold_out(job.split.train, recipe.validation_fraction, job.seed)
        data = _frame_batches if flow is None else partial(_field_batches, flow)
        batches = data(job, recipe, train, augment=True)
        result = fit(
            build,
            batches,
            validation=data(job, recipe, validation, augment=False),
            epochs=max(1, round(recipe.fine_tune_updates / batches.steps_per_epoch)),
            folder=folder.path,
            seed=job.seed,
            strategy=job.strategy,
            settings=settings,
            describe=f"fine-tuning VGG-16 on {'frames' if flow is None else 'flow fields'}",
        )
    return result.weights


def _frame_batches(job: Job, recipe: Recipe, refs: tuple[VideoRef, ...], *, augment: bool) -> FrameBatches:
    return FrameBatches(
        refs,
        job.lengths_frames,
        size=recipe.fine_tune_px,
        frames_per_visit=recipe.frames_per_visit,
        batch=recipe.fine_tune_batch,
        seed=job.seed,
        augmentation=_crops(recipe) if augment else None,
        heads=(networks.HEADS["rgb"],),
    )


def _field_batches(
    flow: FlowStore, job: Job, recipe: Recipe, refs: tuple[VideoRef, ...], *, augment: bool
) -> FlowBatches:
    return FlowBatches(
        refs,
        load=flow.read,
        lengths=job.lengths_frames,
        size=recipe.fine_tune_px,
        fields=1,
        pairing="next",
        stacks_per_visit=recipe.frames_per_visit,
        batch=recipe.fine_tune_batch,
        seed=job.seed,
        augmentation=_crops(recipe) if augment else None,
        heads=(networks.HEADS["flow"],),
    )


def _crops(recipe: Recipe) -> CornerCrops:
    return CornerCrops(scales=recipe.crop_sides, flip_probability=recipe.flip_probability)


def extract_maps(
    job: Job, recipe: Recipe, stream: str, trained: Path, flow: FlowStore | None
) -> FeatureStore:
    """pool4 and conv5_3 of every frame (or field) of every video, each of them computed once."""
    names = networks.map_names(recipe)
    key: dict[str, Any] = {
        "weights": weights.checksum(trained),
        "endpoints": list(names),
        "maps": map_settings(recipe),
        "stream": stream,
        "decoder": decode.VERSION,
    }
    if flow is not None:
        key["flow"] = flow.key_digest
    store = FeatureStore(job.cache / "features", key, recipe.feature_dtype)
    missing = [ref for ref in (*job.split.train, *job.split.test) if not store.has(ref)]
    if missing:
        network = networks.trained_map_network(recipe, stream, trained)
        read: Reader = frames_of if flow is None else fields_of(flow)
        extract(
            missing,
            frame_function(network, names),
            store,
            size=recipe.size_px,
            limit=None,
            lengths=job.lengths_frames if flow is None else paired_lengths(job.lengths_frames),
            read=read,
            describe=f"extracting {stream} maps",
            batch=32,
        )
    return store


def feature_scales(job: Job, streams: Streams, recipe: Recipe) -> Scales:
    """The root mean square of each branch's maps over the training videos (C3); 1 for `none`."""
    if recipe.feature_scale == "none":
        return dict.fromkeys(recipe.branches, 1.0)
    settings = {**job.trained_on(), "features": streams.digest, "branches": list(recipe.branches)}
    name = f"scales {'+'.join(recipe.branches)}"
    path = job.folder.path / f"{name.replace(' ', '-')}.json"
    if not job.folder.finished(name, settings) or not path.exists():
        squares, counts = dict.fromkeys(recipe.branches, 0.0), dict.fromkeys(recipe.branches, 0)
        for ref in tqdm(job.split.train, desc="scale of the maps", unit="video", mininterval=0.5):
            for branch, maps in streams.read(recipe, ref, 0, streams.frames(ref)).items():
                squares[branch] += float(np.square(maps, dtype=np.float64).sum())
                counts[branch] += maps.size
        write_json(path, {b: float(np.sqrt(squares[b] / counts[b])) or 1.0 for b in recipe.branches})
        job.folder.finish(name, settings)
    scales: Scales = json.loads(path.read_text())
    return scales


def train_sequence(job: Job, streams: Streams, recipe: Recipe, name: str, *, shown: bool = False) -> Path:
    """Train the model of a row on all clips of the training videos; the last epoch is kept.

    shown: also keep it as it was after the epochs of Figure 7.
    """
    scales, outputs = feature_scales(job, streams, recipe), networks.outputs_of(recipe)
    result = fit(
        partial(networks.sequence_network, recipe, len(job.split.classes), scales),
        StoredClips(
            job.split.train,
            partial(streams.read, recipe),
            streams.frames,
            clip_len=recipe.clip_len,
            stride=recipe.stride,
            batch=recipe.batch,
            seed=job.seed,
            shuffle=True,
            outputs=outputs,
        ),
        epochs=recipe.epochs,
        select_best=False,
        keep_epochs=SHOWN_EPOCHS if shown else (),
        each_update=(networks.UPDATE_LOSS,) if len(outputs) > 1 else (),  # of one loss there are no parts
        folder=job.folder.path / "sequence" / name,
        seed=job.seed,
        strategy=job.strategy,
        settings={**job.trained_on(), "recipe": sequence_settings(recipe), "features": streams.digest},
        describe=f"training {name}",
    )
    return result.weights


def trained_sequence(recipe: Recipe, classes: int, trained: Path, scales: Scales) -> keras.Model:
    """The recipe's model with the weights of `train_sequence`."""
    network = networks.build(recipe, classes, scales)
    weights.load(network, trained)
    return network

"""Paper 2's stages, from clips to score files. Each is skipped when its result is already there.

fine_tune         context and action sub-models on single frames   -> fine_tune/best.npz
extract_features  fc7 of both sub-models for the first T frames    -> the feature store
train_sequence    an LSTM on stored features                       -> sequence/NAME/best.npz
score             its probabilities for every test frame           -> scores/NAME.npz
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from repro import score_file
from repro.anticipation import sequence
from repro.anticipation.feature_network import FrameNetworks
from repro.atomic import write_json
from repro.augment import Augmentation
from repro.backbones import weights
from repro.datasets import hold_out
from repro.features.extract import extract
from repro.features.network import frame_function
from repro.features.store import FeatureStore
from repro.inference.network import one_frame
from repro.inference.stream import Anticipator
from repro.input_pipeline import FrameBatches, SequenceBatches
from repro.paper2 import model
from repro.paper2.recipe import Recipe, frame_fields, sequence_name
from repro.training.fit import fit
from repro.training.job import Job
from repro.types import InputError, Scores, VideoRef
from repro.video import decode, geometry

MODEL = "model.json"
PREDICT_BATCH = 64  # clips scored at once; only memory depends on it


def fine_tune(job: Job) -> Path:
    """Train both sub-models on single frames: one model with two outputs and the summed loss.

    They share only frozen layers, so training them together equals training one after the other
    (paper1.md section 5) and computes the trunk once. Returns the weights of the best epoch.
    """
    recipe: Recipe = job.recipe
    train, validation = hold_out(job.split.train, recipe.validation_fraction, job.seed)
    batches = partial(
        FrameBatches,
        lengths=job.lengths_frames,
        size=recipe.size_px,
        frames_per_visit=recipe.frames_per_visit,
        batch=recipe.cnn_batch,
        seed=job.seed,
        heads=model.heads(recipe),
    )
    result = fit(
        partial(model.frame_training_model, recipe, len(job.split.classes), job.weights),
        batches(train, augmentation=augmentation(recipe)),
        validation=batches(validation, augmentation=None),
        epochs=recipe.cnn_epochs,
        folder=job.folder.path / "fine_tune",
        seed=job.seed,
        strategy=job.strategy,
        settings={**_identity(job), "recipe": frame_fields(recipe)},
        describe="fine-tuning context and action sub-models",
    )
    return result.weights


def augmentation(recipe: Recipe) -> Augmentation:
    """The random changes of section 4.2 as the recipe states them."""
    return Augmentation(
        flip_probability=recipe.flip_probability,
        rotation_deg=recipe.rotation_deg,
        crop_aspect=recipe.crop_aspect,
        crop_scale_min=recipe.crop_scale_min,
        channel_shift=recipe.channel_shift,
        channel_shift_probability=recipe.channel_shift_probability,
        jitter_alpha=recipe.jitter_alpha,
        literal_alpha=recipe.literal_alpha,
    )


def extract_features(job: Job, trained: Path) -> FeatureStore:
    """Context- and action-aware features of the first T frames of every video, without augmentation."""
    recipe: Recipe = job.recipe
    key = {
        "weights": weights.checksum(trained),
        "frames": recipe.steps,
        "network": frame_fields(recipe),
        "decoder": decode.VERSION,
    }
    store = FeatureStore(job.cache / "features", key)
    missing = [ref for ref in (*job.split.train, *job.split.test) if not store.has(ref)]
    if missing:
        networks = fine_tuned(recipe, len(job.split.classes), trained)
        extract(
            missing,
            frame_function(networks.features, ("context", "action")),
            store,
            size=recipe.size_px,
            limit=recipe.steps,
            lengths=job.lengths_frames,
        )
    return store


def fine_tuned(recipe: Recipe, classes: int, trained: Path) -> FrameNetworks:
    """The frame network with the weights of `fine_tune`."""
    networks = model.frame_networks(recipe, classes)
    weights.load(networks.training, trained)
    return networks


def train_sequence(job: Job, store: FeatureStore, overrides: Mapping[str, Any]) -> Path:
    """Train the LSTM that a row asks for on stored features; the frame network is not touched."""
    recipe = replace(job.recipe, **overrides)
    train, validation = hold_out(job.split.train, recipe.validation_fraction, job.seed)
    batches = partial(
        SequenceBatches,
        store.read,
        steps=recipe.steps,
        batch=recipe.lstm_batch,
        seed=job.seed,
        classes=len(job.split.classes),
        features=recipe.features,
        stages=sequence.stages(recipe.variant),
    )
    result = fit(
        partial(model.sequence_model, recipe, len(job.split.classes)),
        batches(train, shuffle=True),
        validation=batches(validation, shuffle=False),
        epochs=recipe.lstm_epochs,
        folder=job.folder.path / "sequence" / sequence_name(recipe),
        seed=job.seed,
        strategy=job.strategy,
        settings={**_identity(job), "recipe": asdict(recipe), "features": store.key_digest},
        describe=f"training {sequence_name(recipe)}",
    )
    return result.weights


def score(job: Job, store: FeatureStore, overrides: Mapping[str, Any], trained: Path) -> Path:
    """Probabilities of the last stage for every observed frame of every test video, as a score file."""
    recipe = replace(job.recipe, **overrides)
    settings = {**_identity(job), "recipe": asdict(recipe), "weights": weights.checksum(trained)}
    stage = f"score {sequence_name(recipe)}"
    path = job.folder.path / "scores" / f"{sequence_name(recipe)}.npz"
    if not job.folder.finished(stage, settings) or not path.exists():
        network = model.sequence_model(recipe, len(job.split.classes))
        weights.load(network, trained)
        score_file.write(path, _scores(job, store, recipe, network))
        job.folder.finish(stage, settings)
    return path


def _scores(job: Job, store: FeatureStore, recipe: Recipe, network: keras.Model) -> Scores:
    test = job.split.test
    lengths = np.array([job.lengths_frames[ref.video_id] for ref in test], dtype=np.int64)
    observed = np.minimum(lengths, recipe.steps)
    probabilities = np.zeros((len(test), recipe.steps, len(job.split.classes)), dtype=np.float32)
    for start in range(0, len(test), PREDICT_BATCH):
        inputs = padded(store, test[start : start + PREDICT_BATCH], recipe)
        predicted = network.predict_on_batch(inputs)[sequence.prediction(recipe.variant)]
        probabilities[start : start + PREDICT_BATCH] = predicted
    for video, frames in enumerate(observed):
        probabilities[video, frames:] = 0  # the LSTM ran on over the padding; that means nothing
    labels = np.array([ref.label for ref in test], dtype=np.int64)
    return Scores(tuple(ref.video_id for ref in test), labels, lengths, observed, probabilities)


def padded(store: FeatureStore, refs: Sequence[VideoRef], recipe: Recipe) -> dict[str, np.ndarray]:
    """Stored features of some videos, zeros appended up to T: {"context": float32 [B, T, D], ...}."""
    width = model.feature_width(recipe)
    inputs = {name: np.zeros((len(refs), recipe.steps, width), np.float32) for name in recipe.features}
    for video, ref in enumerate(refs):
        arrays = store.read(ref)
        for name, target in inputs.items():
            target[video, : len(arrays[name])] = arrays[name]
    return inputs


def gate_maps(job: Job, trained: Path, refs: Sequence[VideoRef]) -> list[dict[str, Any]]:
    """What the gate does to the middle frame of some videos (Fig. 7).

    For each: frame uint8 [H, W, 3]; conv5_3 and gated, float32 [h, w, C]; map float32 [h, w, 1].
    """
    recipe: Recipe = job.recipe
    network = fine_tuned(recipe, len(job.split.classes), trained).maps
    shown = []
    for ref in refs:
        middle = np.array([job.lengths_frames[ref.video_id] // 2])
        frame = decode.read_frames(ref.path, middle, ref.segment)[0]
        image = geometry.resize(frame, recipe.size_px, recipe.size_px)[None]
        maps = network.predict_on_batch(image)
        shown.append({"frame": frame, **{name: array[0] for name, array in maps.items()}})
    return shown


def describe_model(job: Job, overrides: Mapping[str, Any], frame_weights: Path, lstm_weights: Path) -> None:
    """Write `model.json`: all that `load_anticipator` needs to find the trained networks of the run again."""
    folder = job.folder.path
    recipe = replace(job.recipe, **overrides)
    described = {
        "paper": 2,
        "dataset": job.split.dataset,
        "split": job.split.name,
        "seed": job.seed,
        "classes": list(job.split.classes),
        "recipe": asdict(recipe),
        "frame_weights": str(frame_weights.relative_to(folder)),
        "lstm_weights": str(lstm_weights.relative_to(folder)),
    }
    write_json(folder / MODEL, described)


def load_anticipator(folder: Path) -> tuple[Anticipator, dict[str, Any]]:
    """The trained networks of a run folder as a streaming model, and the content of its `model.json`."""
    try:
        described = json.loads((folder / MODEL).read_text())
        recipe = Recipe(**{**described["recipe"], "features": tuple(described["recipe"]["features"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder} is not a finished run of paper 2 ({error}); name a folder in runs/paper2"
        ) from error
    classes = tuple(described["classes"])
    networks = fine_tuned(recipe, len(classes), folder / described["frame_weights"])
    lstm = model.sequence_model(recipe, len(classes))
    weights.load(lstm, folder / described["lstm_weights"])
    advance = one_frame(networks.features, sequence.step_model(lstm), sequence.prediction(recipe.variant))
    return Anticipator(
        advance, sequence.initial_state(lstm), classes, recipe.size_px, recipe.steps
    ), described


def _identity(job: Job) -> dict[str, Any]:
    """What makes two runs different besides the recipe."""
    return {
        "dataset": job.split.dataset,
        "split": job.split.name,
        "classes": list(job.split.classes),
        "train": len(job.split.train),
        "test": len(job.split.test),
        "seed": job.seed,
    }

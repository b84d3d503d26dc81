"""The stages of papers 1 and 2, from clips to score files. Each is skipped when its result is already there.

fine_tune         context and action sub-models on single frames   -> cache/networks/NAME/best.npz
fine_tune_flow    the flow network on stacks of optical flow       -> cache/networks/NAME/best.npz
extract_features  fc7 of these networks for every frame            -> the feature store
train_sequence    an LSTM on stored features                       -> RUN/sequence/NAME/best.npz
score             its probabilities for every test frame           -> RUN/scores/NAME.npz

Networks and features lie in the cache, under names that hold a digest of all that decides them: rows,
papers and runs that agree on them share them.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from repro import score_file
from repro.anticipation import networks, sequence
from repro.anticipation.feature_network import FrameNetworks
from repro.anticipation.recipe import Recipe, frame_settings, sequence_settings, training_settings
from repro.augment import Augmentation
from repro.backbones import weights
from repro.datasets import hold_out
from repro.experiment.job import Job
from repro.features.extract import extract
from repro.features.network import frame_function
from repro.features.store import FeatureStore
from repro.input_pipeline import FrameBatches, SequenceBatches
from repro.training.fit import fit
from repro.training.run_folder import RunFolder
from repro.types import Scores, VideoRef
from repro.video import decode, geometry

PREDICT_BATCH = 64  # clips scored at once; only memory depends on it


class Features(NamedTuple):
    """Stored features of a job's videos, perhaps from several stores (frames, flow)."""

    stores: tuple[FeatureStore, ...]

    def read(self, ref: VideoRef) -> dict[str, NDArray[np.float32]]:
        """float32 [T_i, D] by name."""
        return {name: array for store in self.stores for name, array in store.read(ref).items()}

    @property
    def digest(self) -> str:
        """Names all that decided their values."""
        return "+".join(store.key_digest for store in self.stores)


def fine_tune(job: Job, recipe: Recipe) -> Path:
    """Train both sub-models on single frames: one model with two outputs and the summed loss.

    They share only frozen layers, so training them together equals training one after the other
    (paper1.md section 5) and computes the trunk once. Returns the weights of the best epoch.
    """
    train, validation = hold_out(job.split.train, recipe.validation_fraction, job.seed)
    batches = partial(
        FrameBatches,
        lengths=job.lengths_frames,
        size=recipe.size_px,
        frames_per_visit=recipe.frames_per_visit,
        batch=recipe.cnn_batch,
        seed=job.seed,
        heads=networks.heads(recipe),
    )
    settings = {**job.trained_on(), "recipe": training_settings(recipe)}
    with RunFolder(job.network_folder("frame", settings)) as folder:
        result = fit(
            partial(networks.frame_training_model, recipe, len(job.split.classes), job.weights),
            batches(train, augmentation=augmentation(recipe)),
            validation=batches(validation, augmentation=None),
            epochs=recipe.cnn_epochs,
            folder=folder.path,
            seed=job.seed,
            strategy=job.strategy,
            settings=settings,
            describe="fine-tuning context and action sub-models",
        )
    return result.weights


def augmentation(recipe: Recipe) -> Augmentation:
    """The random changes of the papers' augmentation (paper1.md 2.1) as the recipe states them."""
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


def extract_features(job: Job, recipe: Recipe, trained: Path, limit: int | None) -> FeatureStore:
    """Context- and action-aware features of the first `limit` frames (None: all), without augmentation."""
    key: dict[str, Any] = {
        "weights": weights.checksum(trained),
        "frames": limit,
        "network": frame_settings(recipe),
        "decoder": decode.VERSION,
    }
    labelled = _gated_by_label(job, recipe)
    if labelled:
        key["gated by label"] = dict(sorted(labelled.items()))
    store = FeatureStore(job.cache / "features", key)
    missing = [ref for ref in (*job.split.train, *job.split.test) if not store.has(ref)]
    if not missing:
        return store
    own = fine_tuned(recipe, len(job.split.classes), trained)
    settings: dict[str, Any] = {"size": recipe.size_px, "limit": limit, "lengths": job.lengths_frames}
    if labelled:
        of_class = frame_function(own.features_of_class, ("context", "action"))
        those = [ref for ref in missing if ref.video_id in labelled]
        extract(those, of_class, store, given=labelled, **settings)
    rest = [ref for ref in missing if ref.video_id not in labelled]
    extract(rest, frame_function(own.features, ("context", "action")), store, **settings)
    return store


def _gated_by_label(job: Job, recipe: Recipe) -> dict[str, int]:
    """The labels that the readings of 9.3 hand to the gate, by video; none by default."""
    parts = {"label_in_training": job.split.train, "oracle": (*job.split.train, *job.split.test)}
    return {ref.video_id: ref.label for ref in parts.get(recipe.select, ())}


def fine_tuned(recipe: Recipe, classes: int, trained: Path) -> FrameNetworks:
    """The frame network with the weights of `fine_tune`."""
    built = networks.frame_networks(recipe, classes)
    weights.load(built.training, trained)
    return built


def train_sequence(job: Job, features: Features, recipe: Recipe, name: str) -> Path:
    """Train the LSTM that a row asks for on stored features; the frame network is not touched."""
    train, validation = hold_out(job.split.train, recipe.validation_fraction, job.seed)
    result = fit(
        partial(networks.sequence_model, recipe, len(job.split.classes)),
        _batches(job, features, recipe, train, shuffle=True),
        validation=_batches(job, features, recipe, validation),
        epochs=recipe.lstm_epochs,
        folder=job.folder.path / "sequence" / name,
        seed=job.seed,
        strategy=job.strategy,
        settings={**job.trained_on(), "recipe": sequence_settings(recipe), "features": features.digest},
        describe=f"training {name}",
    )
    return result.weights


def _batches(
    job: Job,
    features: Features,
    recipe: Recipe,
    refs: tuple[VideoRef, ...],
    *,
    shuffle: bool = False,
    seen: str = "100%",
) -> SequenceBatches:
    return SequenceBatches(
        features.read,
        refs,
        steps=recipe.steps,
        batch=recipe.lstm_batch,
        seed=job.seed,
        classes=len(job.split.classes),
        features=recipe.features,
        stages=sequence.stages(recipe.variant),
        shuffle=shuffle,
        frames=recipe.frames,
        seen=seen,
    )


def score(
    job: Job,
    features: Features,
    recipe: Recipe,
    name: str,
    trained: Path,
    *,
    part: str = "test",
    seen: str = "100%",
) -> Path:
    """Probabilities of the last stage for every observed frame of every test video, as a score file.

    part: `test`, or `validation` for the held-out training videos. seen: the part of each video that the T
    frames are taken from, which matters where they are spaced over it (paper 2, 9.38 b).
    """
    refs = job.split.test
    if part == "validation":
        _, refs = hold_out(job.split.train, recipe.validation_fraction, job.seed)
    settings = {
        **job.said_of(refs),
        "recipe": sequence_settings(recipe),
        "weights": weights.checksum(trained),
        "part": part,
        "seen": seen,
    }
    stage = "-".join(
        [f"score {name}", *([part] if part != "test" else []), *([seen] if seen != "100%" else [])]
    )
    path = job.folder.path / "scores" / f"{stage.removeprefix('score ')}.npz"
    if not job.folder.finished(stage, settings) or not path.exists():
        network = networks.sequence_model(recipe, len(job.split.classes))
        weights.load(network, trained)
        score_file.write(
            path, _scores(job, _batches(job, features, recipe, refs, seen=seen), recipe, network)
        )
        job.folder.finish(stage, settings)
    return path


def _scores(job: Job, videos: SequenceBatches, recipe: Recipe, network: keras.Model) -> Scores:
    refs = videos.refs
    probabilities = np.zeros((len(refs), recipe.steps, len(job.split.classes)), dtype=np.float32)
    observed = np.zeros(len(refs), dtype=np.int64)
    for start in range(0, len(refs), PREDICT_BATCH):
        chosen = range(start, min(start + PREDICT_BATCH, len(refs)))
        inputs, observed[start : start + len(chosen)] = videos.inputs(chosen)
        predicted = network.predict_on_batch(inputs)[sequence.prediction(recipe.variant)]
        probabilities[start : start + len(chosen)] = predicted
    for video, frames in enumerate(observed):
        probabilities[video, frames:] = 0  # the LSTM ran on over the padding; that means nothing
    whole = np.array([job.lengths_frames[ref.video_id] for ref in refs], dtype=np.int64)
    # Frames taken from all over a video cannot be counted from its start: what was scored is the whole.
    lengths = whole if recipe.frames == "first" else observed
    labels = np.array([ref.label for ref in refs], dtype=np.int64)
    return Scores(tuple(ref.video_id for ref in refs), labels, lengths, observed, probabilities)


def gate_maps(
    job: Job, recipe: Recipe, trained: Path, refs: tuple[VideoRef, ...] | list[VideoRef]
) -> list[dict[str, Any]]:
    """What the gate does to the middle frame of some videos (paper 1 Fig. 1, paper 2 Fig. 7).

    For each: frame uint8 [H, W, 3]; conv5_3 and gated, float32 [h, w, C]; map float32 [h, w, 1].
    """
    network = fine_tuned(recipe, len(job.split.classes), trained).maps
    shown = []
    for ref in refs:
        middle = np.array([job.lengths_frames[ref.video_id] // 2])
        frame = decode.read_frames(ref.path, middle, ref.segment)[0]
        image = geometry.resize(frame, recipe.size_px, recipe.size_px)[None]
        maps = network.predict_on_batch(image)
        shown.append({"frame": frame, **{name: array[0] for name, array in maps.items()}})
    return shown

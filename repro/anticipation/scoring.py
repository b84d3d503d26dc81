"""What an LSTM says of every observed frame of the test videos, as a score file [V, T, K] for each stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from repro import score_file
from repro.anticipation import networks, sequence
from repro.anticipation.features import Features
from repro.anticipation.recipe import Recipe, sequence_settings
from repro.atomic import sha256_of
from repro.experiment import trunk
from repro.experiment.experiment import Experiment
from repro.input_pipeline import SequenceBatches
from repro.types import Scores, VideoRef

PREDICT_BATCH = 64  # clips scored at once; only memory depends on it


def batches(
    experiment: Experiment,
    features: Features,
    recipe: Recipe,
    refs: tuple[VideoRef, ...],
    *,
    shuffle: bool = False,
    span: str = "100%",
    names: tuple[str, ...] | None = None,
) -> SequenceBatches:
    """Features of T frames of each video, to train on or to score. names: others than the recipe's."""
    return SequenceBatches(
        features.read,
        refs,
        steps=recipe.steps,
        batch=recipe.lstm_batch,
        seed=experiment.seed,
        classes=experiment.classes,
        features=recipe.features if names is None else names,
        stages=sequence.stages(recipe.variant),
        shuffle=shuffle,
        frames=recipe.frames,
        span=span,
    )


def score(
    experiment: Experiment,
    features: Features,
    recipe: Recipe,
    name: str,
    trained: Path,
    *,
    subset: str = "test",
    span: str = "100%",
) -> Path:
    """Probabilities of the last stage for every observed frame of every video of a subset.

    Those of the first of two stages lie beside them, where `of_stage1` says.

    subset: `test`, or `validation` for the held-out training videos. span: the part of each video that the T
    frames are taken from, which matters where they are spaced over it (paper 2, A38 b).
    """
    refs = experiment.subset(subset, recipe.validation_fraction)
    settings = {
        **experiment.scored_on(refs),
        "recipe": sequence_settings(recipe),
        "weights": sha256_of(trained),
        "part": subset,
        "seen": span,
    }
    file = "-".join([name, *([subset] if subset != "test" else []), *([span] if span != "100%" else [])])
    path = experiment.folder.path / "scores" / f"{file}.npz"
    *first, last = sequence.stages(recipe.variant)
    files = {last: path} | {stage: of_stage1(path) for stage in first}

    def make(_: Path) -> None:
        network = networks.trained_sequence(recipe, experiment.classes, trained)
        videos = batches(experiment, features, recipe, refs, span=span)
        for stage, scores in _scores(experiment, videos, recipe, network).items():
            score_file.write(files[stage], scores)

    return experiment.artifact(
        f"score {file}", settings, path, make, beside=of_stage1(path) if first else None
    )


def a_few_at_a_time(
    videos: SequenceBatches,
) -> Iterator[tuple[range, dict[str, NDArray[np.float32]], NDArray[np.int64]]]:
    """Which of the videos, their inputs by name, [V, T, ...], and T_i, int64 [V]; without their labels."""
    for start in range(0, len(videos.refs), PREDICT_BATCH):
        chosen = range(start, min(start + PREDICT_BATCH, len(videos.refs)))
        yield chosen, *videos.inputs(chosen)


def of_stage1(path: Path) -> Path:
    """The file of the first of two stages' probabilities, beside the score file of a model."""
    return path.with_name(f"{path.stem}-stage1.npz")


def _scores(
    experiment: Experiment, videos: SequenceBatches, recipe: Recipe, network: keras.Model
) -> dict[str, Scores]:
    """By stage."""
    refs = videos.refs
    shape = (len(refs), recipe.steps, experiment.classes)
    probabilities = {stage: np.zeros(shape, dtype=np.float32) for stage in sequence.stages(recipe.variant)}
    observed = np.zeros(len(refs), dtype=np.int64)
    for chosen, inputs, counts in a_few_at_a_time(videos):
        start = chosen.start
        observed[start : start + len(chosen)] = counts
        for stage, predicted in network.predict_on_batch(inputs).items():
            probabilities[stage][start : start + len(chosen)] = predicted
    for of_stage in probabilities.values():
        for video, frames in enumerate(observed):
            of_stage[video, frames:] = 0  # the LSTM ran on over the padding; that means nothing
    return {stage: as_scores(experiment, recipe, refs, observed, of) for stage, of in probabilities.items()}


def as_scores(
    experiment: Experiment,
    recipe: Recipe,
    refs: Sequence[VideoRef],
    observed: NDArray[np.int64],
    scores: NDArray[np.float32],
) -> Scores:
    """What is predicted of videos after every frame, [V, T, K]; observed: T_i, int64 [V]."""
    labels = np.array([ref.label for ref in refs], dtype=np.int64)
    ids = tuple(ref.video_id for ref in refs)
    return Scores(ids, labels, lengths(experiment, recipe, refs, observed), observed, scores)


def lengths(
    experiment: Experiment, recipe: Recipe, refs: Sequence[VideoRef], observed: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The frames that a share of each video is a share of, int64 [V].

    Frames taken from all over a video cannot be counted from its start: what was scored is the whole.
    """
    rows = trunk.row_counts(experiment, recipe)
    whole = np.array([rows[ref.video_id] for ref in refs], dtype=np.int64)
    return whole if recipe.frames == "first" else observed

"""Logistic regression on mean features, beside every table of papers 1 and 2: no gate, no LSTM, no loss of
theirs.

The features are those of the network as it was pre-trained, of the frames that the LSTMs read. After t frames
a clip is

    (1/t) sum_{s=1..t} x_s

and one regression, trained on these means after each of `FRACTIONS` of the training clips, names its class.
The penalty is the one with the least loss on the held-out training groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro import score_file
from repro.anticipation import scoring
from repro.anticipation.features import Features
from repro.anticipation.networks import FROZEN
from repro.anticipation.recipe import Recipe, regression_settings
from repro.anticipation.rows import FRACTIONS
from repro.evaluation.logistic_regression import LogisticRegression, Samples
from repro.evaluation.pooling import cumulative_mean
from repro.experiment import regression
from repro.experiment.experiment import Experiment
from repro.sampling.observed import observed_frames
from repro.types import VideoRef


def score(
    experiment: Experiment, features: Features, recipe: Recipe, name: str, *, span: str = "100%"
) -> Path:
    """Its probabilities after every observed frame of every test video, a score file [V, T, K].

    span: the part of each video that T frames are spaced over, where they are (paper 2, A38 b). The losses
    that chose the penalty lie beside the scores, in `NAME.json`.
    """
    refs = experiment.split.test
    settings = {
        "train": experiment.trained_on(),
        "test": experiment.scored_on(refs),
        "recipe": regression_settings(recipe),
        "features": features.digest,
        "seen": span,
    }
    path = experiment.folder.path / "scores" / f"{name}{'' if span == '100%' else f'-{span}'}.npz"

    def make(_: Path) -> None:
        samples = partial(_samples, experiment, features, recipe)
        fitted = regression.fitted(experiment, samples, recipe.validation_fraction, path.with_suffix(".json"))
        parts = list(_observed(experiment, features, recipe, refs, span))
        probabilities = np.concatenate([_probabilities(fitted, part) for part in parts])
        frames = np.concatenate([part.frames for part in parts])
        score_file.write(path, scoring.as_scores(experiment, recipe, refs, frames, probabilities))

    return experiment.artifact(f"score {path.stem}", settings, path, make)


def _samples(
    experiment: Experiment, features: Features, recipe: Recipe, refs: tuple[VideoRef, ...]
) -> Samples:
    """Each video after each of `FRACTIONS`; all count the same."""
    after, labels = [], []
    for part in _observed(experiment, features, recipe, refs):
        lengths = scoring.lengths(experiment, recipe, part.refs, part.frames)
        for ref, means, frames, length in zip(part.refs, part.means, part.frames, lengths, strict=True):
            counts = [observed_frames(words, int(length), int(frames)) for words in FRACTIONS]
            after.append(means[np.array(counts) - 1])
            labels += [ref.label] * len(counts)
    return Samples(np.concatenate(after), np.array(labels, dtype=np.int64), np.ones(len(labels)))


class _Observed(NamedTuple):
    """Some videos: the mean of the first t features for every t, float64 [V, T, D], and T_i, int64 [V]."""

    refs: tuple[VideoRef, ...]
    means: NDArray[np.float64]
    frames: NDArray[np.int64]


def _observed(
    experiment: Experiment, features: Features, recipe: Recipe, refs: tuple[VideoRef, ...], span: str = "100%"
) -> Iterator[_Observed]:
    """All of the videos, a few at a time; without their labels."""
    videos = scoring.batches(experiment, features, recipe, refs, span=span, names=(FROZEN,))
    for chosen, inputs, frames in scoring.a_few_at_a_time(videos):
        yield _Observed(tuple(refs[i] for i in chosen), cumulative_mean(inputs[FROZEN]), frames)


def _probabilities(fitted: LogisticRegression, part: _Observed) -> NDArray[np.float32]:
    """[V, T, K], 0 beyond T_i."""
    probabilities = np.exp(fitted.log_probabilities(part.means)).astype(np.float32)
    for of_video, frames in zip(probabilities, part.frames, strict=True):
        of_video[frames:] = 0
    return probabilities

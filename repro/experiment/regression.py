"""Logistic regression on what a network says of frames, without any model of the paper's (preset `lite`).

It stands beside the tables on filmed video, so that what the backbone alone gives can be told from what a
paper's model adds. A clip is the mean of its frames' features, over their places where they have some; the
penalty is the one with the least loss on the held-out training groups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repro import score_file
from repro.atomic import write_json
from repro.evaluation import logistic_regression
from repro.evaluation.logistic_regression import LogisticRegression, Samples
from repro.experiment.experiment import Experiment
from repro.types import VideoRef

Refs = tuple[VideoRef, ...]
Read = Callable[[VideoRef], Mapping[str, NDArray[np.floating]]]  # of a video, [T, ..., D] by name


def score(experiment: Experiment, read: Read, features: str, name: str, *, fraction: float) -> Path:
    """Its probabilities of whole test clips, a score file [V, 1, K]; beside it the `note` of `fitted`.

    features: names all that decided what is read. fraction: of the training videos, held out.
    """
    refs = experiment.split.test
    settings = {
        "train": experiment.trained_on(),
        "test": experiment.scored_on(refs),
        "features": features,
        "held out": fraction,
    }

    def samples(chosen: Refs) -> Samples:
        labels = np.array([ref.label for ref in chosen], dtype=np.int64)
        return Samples(_clips(read, chosen), labels, np.ones(len(chosen)))

    def make(path: Path) -> None:
        chosen = fitted(experiment, samples, fraction, path.with_suffix(".json"))
        probabilities = np.exp(chosen.log_probabilities(_clips(read, refs)))
        score_file.write(path, experiment.scores_of(refs, probabilities))

    path = experiment.folder.path / "scores" / f"{name}.npz"
    return experiment.artifact(f"score {name}", settings, path, make)


def fitted(
    experiment: Experiment, samples: Callable[[Refs], Samples], fraction: float, note: Path
) -> LogisticRegression:
    """The regression on the training videos; `note` is written: the losses that chose its penalty."""
    train, held_out = (samples(refs) for refs in experiment.held_out(fraction))
    chosen, losses = logistic_regression.choose(train, held_out, experiment.classes)
    write_json(
        note, {"held-out loss by decay": {f"{decay:.3g}": round(loss, 4) for decay, loss in losses.items()}}
    )
    return chosen


def _clips(read: Read, refs: Refs) -> NDArray[np.float64]:
    """[V, D], the means of each clip side by side."""
    return np.stack([np.concatenate([_mean(array) for array in read(ref).values()]) for ref in refs])


def _mean(array: NDArray[np.floating]) -> NDArray[np.float64]:
    """Over all but the last axis."""
    mean: NDArray[np.float64] = array.mean(axis=tuple(range(array.ndim - 1)), dtype=np.float64)
    return mean

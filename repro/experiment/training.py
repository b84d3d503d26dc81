"""Training in a run: networks on pixels, which runs share, and sequence models, which belong to the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras

from repro.backbones import weights
from repro.experiment.experiment import Experiment
from repro.training.fit import Batches, fit
from repro.training.results import BEST
from repro.training.run_folder import RunFolder
from repro.training.seeding import seed_everything
from repro.types import VideoRef

__all__ = [
    "Batches",
    "Build",
    "Data",
    "fine_tune",
    "fine_tuned_file",
    "train",
    "untrained",
    "untrained_file",
]

Build = Callable[[], keras.Model]  # a new, compiled model
Data = Callable[[tuple[VideoRef, ...], bool], Batches]  # of some videos; True to train on: drawn and changed


def fine_tune(
    experiment: Experiment,
    kind: str,
    build: Build,
    data: Data,
    settings: Mapping[str, Any],
    *,
    validation_fraction: float,
    epochs: int | None = None,
    updates: int | None = None,
    describe: str,
) -> Path:
    """Train a network on the pixels of the training videos: the weights of its best epoch.

    It lies in the cache, for all runs that agree on the videos and `settings`: `cache/networks/KIND-...`.
    The loss on `validation_fraction` of the training groups selects the epoch. epochs, or as many as make
    about so many `updates`.
    """
    train, validation = experiment.held_out(validation_fraction)
    batches = data(train, True)
    identity = {**experiment.trained_on(), **settings}
    path, chief = experiment.network_folder(kind, identity), experiment.workers.chief
    with RunFolder(path, owned=chief) as folder:
        return fit(
            build,
            batches,
            validation=data(validation, False),
            epochs=epochs or max(1, round((updates or 1) / batches.steps_per_epoch)),
            folder=folder.path,
            seed=experiment.seed,
            strategy=experiment.strategy,
            settings=identity,
            describe=describe,
        ).weights


def fine_tuned_file(experiment: Experiment, kind: str, settings: Mapping[str, Any]) -> Path:
    """Where the weights of `fine_tune` lie, or will."""
    return experiment.network_folder(kind, {**experiment.trained_on(), **settings}) / BEST


def untrained_file(experiment: Experiment, kind: str, settings: Mapping[str, Any]) -> Path:
    """Where those of `untrained` lie, or will."""
    return experiment.network_folder(kind, {**settings, "seed": experiment.seed}) / "pretrained.npz"


def untrained(experiment: Experiment, kind: str, build: Build, settings: Mapping[str, Any]) -> Path:
    """The weights of a network that is used as it was pre-trained; the seed draws what no file fills."""
    path = untrained_file(experiment, kind, settings)
    with experiment.workers.in_turn(kind):
        if experiment.workers.chief and not path.exists():
            seed_everything(experiment.seed)
            weights.save(build(), path)
    return path


def train(
    experiment: Experiment,
    name: str,
    build: Build,
    batches: Batches,
    settings: Mapping[str, Any],
    *,
    epochs: int,
    validation: Batches | None = None,
    **choices: Any,
) -> Path:
    """Train a sequence model of the run on stored features: the weights of the epoch that is kept.

    `RUN/sequence/NAME`. settings: what decides it besides the videos. choices: as `fit` has them.
    """
    return fit(
        build,
        batches,
        validation=validation,
        epochs=epochs,
        folder=experiment.folder.path / "sequence" / name,
        seed=experiment.seed,
        strategy=experiment.strategy,
        settings={**experiment.trained_on(), **settings},
        describe=f"training {name}",
        **choices,
    ).weights

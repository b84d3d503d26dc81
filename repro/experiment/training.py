"""Training in a run: networks on pixels, which runs share, and sequence models, which belong to the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import keras

from repro.atomic import sha256_of
from repro.backbones import pretrained, weights
from repro.experiment.experiment import Experiment
from repro.experiment.stage_times import usable_cores
from repro.training import pool
from repro.training.fit import Batches, FitResult, fit
from repro.training.memory import free_bytes
from repro.training.results import BEST, FINAL, is_finished
from repro.training.run_folder import SEQUENCE, RunFolder
from repro.training.seeding import seed_everything
from repro.types import VideoRef

__all__ = [
    "Batches",
    "Build",
    "Call",
    "Data",
    "call",
    "fine_tune",
    "fine_tuned_file",
    "train",
    "train_all",
    "untrained",
    "untrained_file",
]

Build = Callable[[], keras.Model]  # a new, compiled model
Call = partial[FitResult]  # of `fit`
PROCESS_BYTES = 2**30  # of a process that trains a small model, besides its features; 0.85 GiB were measured
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
    The loss on `validation_fraction` of the training groups selects the epoch; at 0 all are trained on and
    the last one is kept. epochs, or as many as make about so many `updates`.
    """
    selects = validation_fraction > 0
    train, validation = experiment.held_out(validation_fraction)
    batches = data(train, True)
    identity = _fine_tuning(experiment, settings, selects)
    path, chief = experiment.network_folder(kind, identity), experiment.workers.chief
    with RunFolder(path, owned=chief) as folder:
        return fit(
            build,
            batches,
            validation=data(validation, False) if selects else None,
            epochs=epochs or max(1, round((updates or 1) / batches.steps_per_epoch)),
            select_best=selects,
            folder=folder.path,
            seed=experiment.seed,
            strategy=experiment.strategy,
            settings=identity,
            describe=describe,
        ).weights


def fine_tuned_file(
    experiment: Experiment, kind: str, settings: Mapping[str, Any], *, selects: bool = True
) -> Path:
    """Where the weights of `fine_tune` lie, or will; selects: whether held-out videos select the epoch."""
    identity = _fine_tuning(experiment, settings, selects)
    return experiment.network_folder(kind, identity) / (BEST if selects else FINAL)


def _fine_tuning(experiment: Experiment, settings: Mapping[str, Any], selects: bool) -> dict[str, Any]:
    """What decides a network that is trained on pixels."""
    identity = {**experiment.trained_on(), **_with_start(experiment, settings)}
    return identity if selects else {**identity, "held_out": 0}


def untrained_file(experiment: Experiment, kind: str, settings: Mapping[str, Any]) -> Path:
    """Where those of `untrained` lie, or will."""
    identity = {**_with_start(experiment, settings), "seed": experiment.seed}
    return experiment.network_folder(kind, identity) / "pretrained.npz"


def _with_start(experiment: Experiment, settings: Mapping[str, Any]) -> dict[str, Any]:
    """`settings`, and what networks start from: the recipe's word, and what is in the files that it stands
    for. Another file may come to lie there, or the same words may name another from another folder.
    """
    recipe = experiment.recipe
    files = pretrained.files_of(recipe.pretraining, recipe.backbone, experiment.weights)
    contents = {path.name: sha256_of(path) for path in files}
    return {**settings, "start": {"pretraining": recipe.pretraining, **contents}}


def untrained(experiment: Experiment, kind: str, build: Build, settings: Mapping[str, Any]) -> Path:
    """The weights of a network that is used as it was pre-trained; the seed draws what no file fills."""
    path = untrained_file(experiment, kind, settings)
    with experiment.workers.in_turn(kind):
        if experiment.workers.chief and not path.exists():
            seed_everything(experiment.seed)
            weights.save(build(), path)
    return path


def call(
    experiment: Experiment,
    name: str,
    build: Build,
    batches: Batches,
    settings: Mapping[str, Any],
    *,
    epochs: int,
    validation: Batches | None = None,
    **choices: Any,
) -> Call:
    """What trains a sequence model of the run on stored features, `RUN/sequence/NAME`: `fit` but the devices.

    settings: what decides the model besides the videos. choices: as `fit` has them. It goes to other
    processes where `build` and the batches do.
    """
    return partial(
        fit,
        build,
        batches,
        validation=validation,
        epochs=epochs,
        folder=_folder(experiment, name),
        seed=experiment.seed,
        settings={**experiment.trained_on(), **settings},
        describe=f"training {name}",
        **choices,
    )


def train(experiment: Experiment, model: Call) -> Path:
    """Train what `call` made on the devices of the run: the weights of the epoch that is kept."""
    return model(strategy=experiment.strategy).weights


def train_all(
    experiment: Experiment,
    calls: Mapping[str, Callable[[], Call]],
    *,
    side_by_side: bool,
    held_bytes: int,
) -> dict[str, Path]:
    """Train the models of a run, by name: the weights of each.

    side_by_side: with one thread each, in processes of their own (`pool`), where there are several models and
    cores and no GPU. Nothing else is asked, least of all how many are left to train: the order of a sum, and
    with it a last bit, can hang on the number of threads, and a run that goes on must end as one that was
    never stopped. held_bytes: what one training holds of its features; no more processes are started than
    memory has room for.
    """
    left = {name: make for name, make in calls.items() if not is_finished(_folder(experiment, name))}
    if left and side_by_side and len(calls) > 1 and _on_several_cores(experiment):
        finished = len(calls) - len(left)
        pool.train(left, _processes(held_bytes), describe="training models", finished=finished)
    return {name: train(experiment, make()) for name, make in calls.items()}


def _folder(experiment: Experiment, name: str) -> Path:
    return experiment.folder.path / SEQUENCE / name


def _on_several_cores(experiment: Experiment) -> bool:
    one_device = experiment.strategy.num_replicas_in_sync == 1
    return one_device and usable_cores() > 1 and not keras.distribution.list_devices("gpu")


def _processes(held_bytes: int) -> int:
    """As many as there are cores, less where memory is short; one at least."""
    free = free_bytes()
    room = usable_cores() if free is None else free // (PROCESS_BYTES + held_bytes)
    return max(1, min(usable_cores(), room))

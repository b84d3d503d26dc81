"""Train one model in one folder; killed at any moment and started again, it ends as if nothing had happened.

The folder holds `history.csv`, `tensorboard/`, `final.npz`, `best.npz` (if the best epoch is selected),
`epoch-N.npz` and `updates.csv` (if asked for) and, once finished, `done.json`; `checkpoints/` exists only
while training is unfinished.

Exact resume: the data are a pure function of (epoch, step), and a checkpoint holds all that a step changes:
weights, dropout generators, optimiser slots and counter, metric sums, history, the best value so far. Only a
layer that draws from Keras' global generator would be outside of it; a dropout layer has its own. On CPU the
result is then equal bit for bit, without deterministic kernels: convolutions, LSTMs and dropout were measured
to repeat exactly from run to run. On a GPU it is equal up to what two uninterrupted runs differ by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from repro.training import distribution, model_state, results
from repro.training.checkpoint import Checkpoints
from repro.training.divergence import Diverged
from repro.training.interrupts import Interrupted, StopRequests
from repro.training.loop import Batches, Training, stop_if_asked
from repro.training.plan import Plan
from repro.training.results import FitResult
from repro.training.seeding import seed_everything
from repro.training.settings import digest, plain
from repro.training.worker_step import step_on_workers
from repro.training.workers import WorkerLost, workers_of
from repro.types import InputError

__all__ = ["Batches", "Diverged", "FitResult", "Interrupted", "Plan", "WorkerLost", "fit"]

CHECKPOINTS = "checkpoints"


def fit(
    build: Callable[[], keras.Model],
    data: Batches,
    *,
    folder: Path,
    seed: int,
    strategy: tf.distribute.Strategy | None = None,
    validation: Batches | None = None,
    checkpoint_every_s: float = 60.0,
    settings: Mapping[str, Any] | None = None,
    describe: str = "training",
    **plan: Any,
) -> FitResult:
    """Train the compiled model that `build` returns (called under the strategy, after seeding).

    Where the strategy is one of several processes, all of them call this, with the same arguments and a
    folder that all see; the chief alone writes there.

    plan: the fields of `Plan`, of which `epochs` must be given. settings: all that decides the result besides
    these arguments. The same folder refuses others, and a finished training with the same ones returns at
    once. checkpoint_every_s: within an epoch, besides those at the ends of epochs (of very short ones only
    some, and always the last); 0 saves after every step.
    Raises ValueError for a plan that cannot be, InputError (other settings, damaged or foreign checkpoints),
    Diverged, Interrupted after SIGINT or SIGTERM, once the step is finished and saved, and WorkerLost.
    """
    planned = Plan(**plan)
    if planned.select_best and validation is None:
        raise ValueError(f"{results.SELECTS} selects the best epoch but there is no validation data")
    strategy = strategy or tf.distribute.get_strategy()
    workers = workers_of(strategy)
    identity = plain({**planned.identity(), "seed": seed, "settings": settings or {}})
    workers.require_same(digest(identity), f"about to train {describe} with these settings")
    result = _begun(folder, identity) if workers.chief else None
    checkpoints = Checkpoints(folder / CHECKPOINTS, checkpoint_every_s, owned=workers.chief)
    asked = None
    if not workers.chief_says(result is not None):
        with workers.lost():
            model = _model(build, data, seed, strategy)
            with StopRequests() as stop:
                training = Training(model, data, validation, checkpoints, stop)
                result = training.to_the_end(planned, folder, describe)
            asked = stop.received
    checkpoints.remove()
    workers.meet("the end of a training")
    stop_if_asked(workers.agree(False, asked)[1])  # while the results were written
    return result or _finished_by_chief(folder)


def _begun(folder: Path, identity: Mapping[str, Any]) -> FitResult | None:
    """What a training in this folder ended with; None where it has not."""
    results.claim(folder, identity)
    return results.finished(folder)


def _finished_by_chief(folder: Path) -> FitResult:
    result = results.finished(folder)
    if result is None:
        raise InputError(
            f"worker 0 has written {folder}, which is not there; all need a disk that they share"
        )
    return result


def _model(
    build: Callable[[], keras.Model], data: Batches, seed: int, strategy: tf.distribute.Strategy
) -> keras.Model:
    seed_everything(seed)
    with strategy.scope():
        model = build()
    model_state.build(model, data.dataset(0), strategy)
    distribution.share_batches(model, strategy)
    if workers_of(strategy).count > 1:
        step_on_workers(model)
    return model

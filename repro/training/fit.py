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
from repro.training.loop import Batches, Training
from repro.training.plan import Plan
from repro.training.results import FitResult
from repro.training.seeding import seed_everything
from repro.training.settings import plain

__all__ = ["Batches", "Diverged", "FitResult", "Interrupted", "Plan", "fit"]

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

    plan: the fields of `Plan`, of which `epochs` must be given. settings: all that decides the result besides
    these arguments. The same folder refuses others, and a finished training with the same ones returns at
    once. checkpoint_every_s: within an epoch, besides those at the ends of epochs (of very short ones only
    some, and always the last); 0 saves after every step.
    Raises ValueError for a plan that cannot be, InputError (other settings, damaged or foreign checkpoints),
    Diverged, and Interrupted after SIGINT or SIGTERM, once the step is finished and saved.
    """
    planned = Plan(**plan)
    if planned.select_best and planned.monitor.startswith("val_") and validation is None:
        raise ValueError(f"{planned.monitor} selects the best epoch but there is no validation data")
    results.claim(folder, plain({**planned.identity(), "seed": seed, "settings": settings or {}}))
    checkpoints = Checkpoints(folder / CHECKPOINTS, checkpoint_every_s)
    result = results.finished(folder)
    if result is None:
        model = _model(build, data, seed, strategy or tf.distribute.get_strategy())
        with StopRequests() as stop:
            training = Training(model, data, validation, checkpoints, stop)
            result = training.to_the_end(planned, folder, describe)
    checkpoints.remove()
    return result


def _model(
    build: Callable[[], keras.Model], data: Batches, seed: int, strategy: tf.distribute.Strategy
) -> keras.Model:
    seed_everything(seed)
    with strategy.scope():
        model = build()
    model_state.build(model, data.dataset(0), strategy)
    distribution.share_batches(model, strategy)
    return model

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

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import keras
import tensorflow as tf

from repro.training import distribution, model_state, results
from repro.training.checkpoint import Checkpoints
from repro.training.divergence import Diverged
from repro.training.interrupts import Interrupted, StopRequests
from repro.training.loop import Batches, Training
from repro.training.results import FitResult
from repro.training.seeding import seed_everything
from repro.training.settings import plain

__all__ = ["Batches", "Diverged", "FitResult", "Interrupted", "fit"]

CHECKPOINTS = "checkpoints"


def fit(
    build: Callable[[], keras.Model],
    data: Batches,
    *,
    epochs: int,
    folder: Path,
    seed: int,
    strategy: tf.distribute.Strategy | None = None,
    validation: Batches | None = None,
    monitor: str = "val_loss",
    monitor_mode: Literal["min", "max"] = "min",
    select_best: bool = True,
    patience: int | None = None,
    patience_from: int = 0,
    keep_epochs: Sequence[int] = (),
    each_update: Sequence[str] = (),
    checkpoint_every_s: float = 60.0,
    settings: Mapping[str, Any] | None = None,
    describe: str = "training",
) -> FitResult:
    """Train the compiled model that `build` returns (called under the strategy, after seeding).

    settings: all that decides the result besides these arguments. The same folder refuses others, and a
    finished training with the same ones returns at once. The epoch with the best `monitor` is selected, and
    with `patience` the training ends once so many epochs in a row were no better, those up to epoch
    `patience_from` not counted.
    keep_epochs: after these, counted from 1, the weights are kept as epoch-N.npz. each_update: what goes to
    updates.csv for every update, by its name in history.csv ("loss", "OUTPUT_loss"), see `Updates`.
    checkpoint_every_s: within an epoch, besides the one at its end; 0 saves after every step.
    Raises InputError (other settings, damaged or foreign checkpoints), Diverged, and Interrupted after
    SIGINT or SIGTERM, once the step is finished and saved.
    """
    if epochs < 1 or monitor_mode not in ("min", "max"):
        raise ValueError(f"epochs {epochs}, monitor_mode {monitor_mode!r}: wanted >= 1 and 'min' or 'max'")
    if select_best and monitor.startswith("val_") and validation is None:
        raise ValueError(f"{monitor} selects the best epoch but there is no validation data")
    if patience is not None and (patience < 1 or not select_best):
        raise ValueError(f"patience {patience}: wanted 1 or more, with the best epoch selected")
    if not all(1 <= epoch <= epochs for epoch in keep_epochs):
        raise ValueError(f"keep_epochs {tuple(keep_epochs)}: wanted 1 to {epochs}")
    best_of = (monitor, 1 if monitor_mode == "min" else -1) if select_best else None
    identity: dict[str, Any] = {
        "epochs": epochs,
        "seed": seed,
        "best_of": best_of,
        "settings": settings or {},
    }
    if patience is not None:
        identity["patience"] = patience
    if patience_from:
        identity["patience_from"] = patience_from
    if keep_epochs:
        identity["keep_epochs"] = sorted(keep_epochs)
    if each_update:
        identity["each_update"] = list(each_update)
    results.claim(folder, plain(identity))
    checkpoints = Checkpoints(folder / CHECKPOINTS, checkpoint_every_s)
    result = results.finished(folder)
    if result is None:
        strategy = strategy or tf.distribute.get_strategy()
        seed_everything(seed)
        with strategy.scope():
            model = build()
        model_state.build(model, data.dataset(0), strategy)
        distribution.share_batches(model, strategy)
        with StopRequests() as stop:
            training = Training(model, data, validation, checkpoints, stop)
            result = training.to_the_end(
                epochs, folder, best_of, describe, (patience, patience_from), keep_epochs, each_update
            )
    checkpoints.remove()
    return result

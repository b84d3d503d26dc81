"""The loop over epochs and steps that `fit` runs: where it saves, what it refuses, when it stops."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import keras
import tensorflow as tf
from tqdm import tqdm

from repro.training import distribution, model_state
from repro.training.checkpoint import Checkpoints
from repro.training.divergence import diverge, refuse_not_finite
from repro.training.interrupts import Interrupted, StopRequests
from repro.training.plan import Plan
from repro.training.results import UPDATES, FitResult, Results
from repro.training.updates import Updates
from repro.types import InputError


class Batches(Protocol):
    """What `fit` trains on: a pure function of epoch and step, so that a resumed run sees the same."""

    @property
    def steps_per_epoch(self) -> int: ...

    @property
    def failure(self) -> InputError | OSError | None:
        """What reading met, since tf.data reports an error of its source as one of its own."""
        ...

    def dataset(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        """Batches (x, y) `start_step`, `start_step + 1`, ... of an epoch, both counted from 0."""
        ...


@runtime_checkable
class Restarting(Protocol):
    """Batches whose dataset need not be made for every epoch, which takes as long as some small steps."""

    def restarting(self, where: Callable[[], tuple[int, int]]) -> tf.data.Dataset:
        """As `dataset`; an iteration begins at the epoch and step of `where` then."""
        ...


class Training:
    """One process's part of a training: from the newest checkpoint, or the beginning, to the end."""

    def __init__(
        self,
        model: keras.Model,
        data: Batches,
        validation: Batches | None,
        checkpoints: Checkpoints,
        stop: StopRequests,
    ) -> None:
        self.model, self.data, self.validation = model, data, validation
        self.checkpoints, self.stop = checkpoints, stop
        self.progress, self.saved = checkpoints.load()
        if self.saved:
            model_state.restore(model, self.saved)
        self.epoch_began = time.monotonic() - self.progress.epoch_seconds
        self._made: dict[str, Any] = {}  # datasets that serve every epoch

    def to_the_end(self, plan: Plan, folder: Path, describe: str) -> FitResult:
        """Run the remaining epochs and write the results."""
        done = self.progress.epoch * self.data.steps_per_epoch + self.progress.step
        files = Results(folder, self.model, self.progress, plan.best_of, plan.keep_epochs)
        self.updates = Updates(folder / UPDATES, self.model, plan.each_update, self.progress, done)
        self.bar = tqdm(
            desc=describe,
            total=plan.epochs * self.data.steps_per_epoch,
            initial=done,
            unit="step",
            mininterval=0.5,
            dynamic_ncols=True,
        )
        with self.bar:
            while not plan.ends(self.progress):
                with _data_errors(self.data, self.validation):
                    measured = self._train_epoch() | self._validate()
                self._finish_epoch(measured, files)
        return files.finish()

    def _train_epoch(self) -> dict[str, float]:
        """The remaining steps of an epoch through Keras' own loop; the epoch's training metrics."""
        progress, steps = self.progress, self.data.steps_per_epoch
        if progress.trained is None:
            logs = self.model.fit(
                self._remaining(),
                initial_epoch=progress.epoch,
                epochs=progress.epoch + 1,
                steps_per_epoch=steps - progress.step,
                shuffle=False,
                verbose=0,
                callbacks=[_Steps(self)],
            ).history
            if progress.step != steps:
                raise ValueError(f"epoch {progress.epoch} gave {progress.step} batches, wanted {steps}")
            means = {name: float(values[0]) for name, values in logs.items()}
            progress.trained = means | self.updates.epoch_means()
            self.save_if_due()
        return progress.trained

    def _remaining(self) -> Any:
        """The batches of the epoch that are left."""
        data, progress, replicas = self.data, self.progress, self.model.distribute_strategy
        if not isinstance(data, Restarting):
            return distribution.distribute(data.dataset(progress.epoch, progress.step), replicas)
        if "train" not in self._made:
            endless = data.restarting(lambda: (progress.epoch, progress.step))
            self._made["train"] = distribution.distribute(endless, replicas)
        return self._made["train"]

    def _validate(self) -> dict[str, float]:
        if self.validation is None:
            return {}
        if "validation" not in self._made:
            same = self.validation.dataset(0)
            self._made["validation"] = distribution.distribute(same, self.model.distribute_strategy)
        logs = self.model.evaluate(
            self._made["validation"],
            steps=self.validation.steps_per_epoch,
            return_dict=True,
            verbose=0,
            callbacks=[_ValidationSteps(self)],
        )
        return {f"val_{name}": float(value) for name, value in logs.items()}

    def _finish_epoch(self, measured: Mapping[str, float], files: Results) -> None:
        progress = self.progress
        refuse_not_finite(measured, f"after epoch {progress.epoch + 1}")
        rate = float(tf.convert_to_tensor(self.model.optimizer.learning_rate))  # one of several replicas
        seconds = time.monotonic() - self.epoch_began
        files.enter({"epoch": progress.epoch + 1, **measured, "learning_rate": rate, "seconds": seconds})
        progress.epoch, progress.step, progress.trained = progress.epoch + 1, 0, None
        progress.sums.clear()
        self.epoch_began = time.monotonic()
        self._save()
        files.write()
        self._stop_if_asked()

    def restore_metrics(self) -> None:
        """Keras has just set the metrics to zero for its epoch; put back those of a half-done one."""
        if self.saved and self.progress.step > 0:
            model_state.restore(self.model, self.saved)
        self.saved = {}

    def after_step(self, logs: Mapping[str, Any]) -> None:
        """Count the step, refuse a loss that is not finite, save if it is time or if asked to stop."""
        progress = self.progress
        progress.step += 1
        losses = {name: float(value) for name, value in logs.items()}
        refuse_not_finite(
            losses, f"in epoch {progress.epoch + 1} at step {progress.step} (batch {progress.step - 1})"
        )
        self.updates.after_step()
        self.bar.set_postfix(epoch=progress.epoch + 1, loss=f"{losses['loss']:.4f}", refresh=False)
        self.bar.update()
        if progress.step < self.data.steps_per_epoch:  # after the last one, the metrics are taken first
            self.save_if_due()

    def save_if_due(self) -> None:
        """Save when the interval is over or the process was asked to stop; then stop if asked."""
        if self.stop.received is not None or self.checkpoints.due():
            self._save()
            self._stop_if_asked()

    def _save(self) -> None:
        arrays = model_state.capture(self.model)
        self.progress.epoch_seconds = time.monotonic() - self.epoch_began
        bad = model_state.not_finite(arrays)
        if bad:
            diverge(", ".join(bad), f"in epoch {self.progress.epoch + 1} by step {self.progress.step}")
        self.updates.write()
        self.checkpoints.save(self.progress, arrays)

    def _stop_if_asked(self) -> None:
        if self.stop.received is not None:
            raise Interrupted(self.stop.received, "training stopped and saved; the same call continues it")


@contextmanager
def _data_errors(*sources: Batches | None) -> Iterator[None]:
    """Raise what a source met in place of what tf.data reports of it."""
    try:
        yield
    except tf.errors.OpError as error:
        for source in sources:
            if source is not None and source.failure is not None:
                raise source.failure from error
        raise


class _Steps(keras.callbacks.Callback):
    """Keras' hooks into one epoch."""

    def __init__(self, training: Training) -> None:
        super().__init__()
        self.training = training

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self.training.restore_metrics()

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self.training.updates.before_step()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self.training.after_step(logs or {})


class _ValidationSteps(keras.callbacks.Callback):
    """Lets a long validation be interrupted: the epoch is saved as trained and only validated again."""

    def __init__(self, training: Training) -> None:
        super().__init__()
        self.training = training

    def on_test_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        if self.training.stop.received is not None:
            self.training.save_if_due()

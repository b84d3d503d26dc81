"""The loop over epochs and steps that `fit` runs: where it saves, what it refuses, when it stops."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import keras
import tensorflow as tf
from tqdm import tqdm

from repro.training import distribution, model_state
from repro.training.checkpoint import Checkpoints, read
from repro.training.divergence import diverge, refuse_not_finite
from repro.training.interrupts import Interrupted, StopRequests
from repro.training.plan import Plan
from repro.training.results import UPDATES, FitResult, Results, taken_out
from repro.training.updates import Updates
from repro.training.workers import workers_of
from repro.types import InputError


class Batches(Protocol):
    """What `fit` trains on: a pure function of epoch and step, so that a resumed run sees the same."""

    @property
    def steps_per_epoch(self) -> int: ...

    @property
    def failure(self) -> InputError | OSError | None:
        """What reading met, since tf.data reports an error of its source as one of its own."""
        ...

    def dataset(self, epoch: int, start_step: int = 0, epochs: int = 1) -> tf.data.Dataset:
        """Batches (x, y) `start_step`, `start_step + 1`, ... of an epoch, both counted from 0, and those of
        the `epochs` - 1 after it."""
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
        self.workers = workers_of(model.distribute_strategy)
        self.progress, self.saved = read(self.workers.from_chief(checkpoints.newest()))
        self.best = taken_out(self.saved)
        if self.saved:
            model_state.restore(model, self.saved)
        elif self.workers.count > 1:
            self.workers.require_same(model_state.checksum(model), "starting from these weights")
        self.epoch_began = time.monotonic() - self.progress.epoch_seconds
        self._validated_on: Any = None

    def to_the_end(self, plan: Plan, folder: Path, describe: str) -> FitResult | None:
        """Run the remaining epochs and write the results; None at a worker that does not write them."""
        progress, chief = self.progress, self.workers.chief
        done = progress.epoch * self.data.steps_per_epoch + progress.step
        self.plan = plan
        self.files = Results(
            folder, self.model, progress, plan.select_best, plan.keep_epochs, self.best, owned=chief
        )
        self.updates = Updates(folder / UPDATES, self.model, plan.each_update, progress, done, owned=chief)
        self.bar = tqdm(
            desc=describe,
            total=plan.epochs * self.data.steps_per_epoch,
            initial=done,
            unit="step",
            mininterval=0.5,
            dynamic_ncols=True,
            disable=not chief,
        )
        with self.bar, _data_errors(self.data, self.validation):
            if progress.trained is not None:  # stopped while it was validated
                self._finish_epoch(progress.trained)
            while not plan.ends(progress):
                self._train_epochs()
        return self.files.finish()

    def _train_epochs(self) -> None:
        """The rest of an epoch, or all epochs that are left, through Keras' own loop and one iterator."""
        progress, steps = self.progress, self.data.steps_per_epoch
        first, count = progress.epoch, 1 if progress.step else self.plan.epochs - progress.epoch
        self.model.fit(
            self._of_unknown_length(self.data.dataset(first, progress.step, count)),
            initial_epoch=first,
            epochs=first + count,
            steps_per_epoch=steps - progress.step,
            shuffle=False,
            verbose=0,
            callbacks=[_Steps(self)],
        )

    def _of_unknown_length(self, dataset: tf.data.Dataset) -> Any:
        """As replicas share it. Keras would begin one whose end it knows anew, behind the last step.

        Nothing in it is for tf.data to tune. The thread that would sleeps up to a minute at a time, and a
        wake-up is lost at times: the end of a training then waited for it.
        """
        options = tf.data.Options()
        options.autotune.enabled = False
        inside = tf.data.Dataset.from_tensors(0).flat_map(lambda _: dataset).with_options(options)
        return distribution.distribute(inside, self.model.distribute_strategy)

    def _validate(self) -> dict[str, float]:
        if self.validation is None:
            return {}
        if self._validated_on is None:
            self._validated_on = self._of_unknown_length(self.validation.dataset(0))
        logs = self.model.evaluate(
            self._validated_on,
            steps=self.validation.steps_per_epoch,
            return_dict=True,
            verbose=0,
            callbacks=[_ValidationSteps(self)],
        )
        return {f"val_{name}": float(value) for name, value in (logs | self._without_decay(logs)).items()}

    def _without_decay(self, logs: Mapping[str, Any]) -> dict[str, Any]:
        """The loss on the videos alone: what the weights cost for their size tells nothing about these."""
        decayed = [weight for weight in self.model.trainable_variables if weight.regularizer is not None]
        return {"loss": logs["loss"] - sum(float(weight.regularizer(weight)) for weight in decayed)}

    def after_epoch(self, logs: Mapping[str, Any]) -> bool:
        """Take what an epoch's training measured, validate it; whether the training ends with it."""
        progress, steps = self.progress, self.data.steps_per_epoch
        if progress.step != steps:
            raise ValueError(f"epoch {progress.epoch} gave {progress.step} batches, wanted {steps}")
        progress.trained = {name: float(value) for name, value in logs.items()} | self.updates.epoch_means()
        self.save_if(self.checkpoints.due())
        self._finish_epoch(progress.trained)
        return self.plan.ends(progress)

    def _finish_epoch(self, trained: dict[str, float]) -> None:
        progress, files = self.progress, self.files
        measured = trained | self._validate()
        refuse_not_finite(measured, f"after epoch {progress.epoch + 1}")
        rate = float(tf.convert_to_tensor(self.model.optimizer.learning_rate))  # one of several replicas
        seconds = time.monotonic() - self.epoch_began
        files.enter({"epoch": progress.epoch + 1, **measured, "learning_rate": rate, "seconds": seconds})
        progress.epoch, progress.step, progress.trained = progress.epoch + 1, 0, None
        progress.sums.clear()
        self.epoch_began = time.monotonic()
        due, stop = self.workers.agree(self.checkpoints.due_after_epoch(), self.stop.received)
        if due or stop is not None or self.plan.ends(progress) or files.keeps():
            self._save()
            stop_if_asked(stop)
        else:
            files.hold()

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
            self.save_if(self.checkpoints.due())

    def save_if(self, due: bool) -> None:
        """Save when it is due or a process of the training was asked to stop; then stop if asked."""
        due, stop = self.workers.agree(due, self.stop.received)
        if due or stop is not None:
            self._save()
            stop_if_asked(stop)

    def _save(self) -> None:
        arrays = model_state.capture(self.model)
        self.progress.epoch_seconds = time.monotonic() - self.epoch_began
        bad = model_state.not_finite(arrays)
        if bad:
            diverge(", ".join(bad), f"in epoch {self.progress.epoch + 1} by step {self.progress.step}")
        self.updates.write()
        self.checkpoints.save(self.progress, arrays | self.files.held())
        self.files.write()
        self.checkpoints.count_until_now()


def stop_if_asked(signal_number: int | None) -> None:
    """Raise Interrupted if there was a signal."""
    if signal_number is not None:
        raise Interrupted(signal_number, "training stopped and saved; the same call continues it")


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
    """Keras' hooks into its loop."""

    def __init__(self, training: Training) -> None:
        super().__init__()
        self.training = training

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self.training.restore_metrics()

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self.training.updates.before_step()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self.training.after_step(logs or {})

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self.model.stop_training = self.training.after_epoch(logs or {})


class _ValidationSteps(keras.callbacks.Callback):
    """Lets a long validation be interrupted: the epoch is saved as trained and only validated again."""

    def __init__(self, training: Training) -> None:
        super().__init__()
        self.training = training

    def on_test_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self.training.save_if(due=False)

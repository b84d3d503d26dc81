"""A training small enough to be killed many times, with everything that can go wrong in a resume.

Convolution, LSTM, dropout (a generator that advances), momentum, a decaying rate, an accuracy, and a batch
that is smaller than the others. `attempt` runs in a process of its own and may kill it.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from helpers import forked
from helpers.eager import run_eagerly
from repro.training.distribution import strategy
from repro.training.fit import FitResult, fit
from repro.training.schedules import l2_of_weight_decay, sgd

STEPS_T, WIDTH, CLASSES = 5, 6, 3


@dataclass(frozen=True)
class InMemory:
    """Batches drawn from a fixed array in an order keyed by the epoch."""

    samples: int = 22
    batch: int = 4
    seed: int = 0
    nan_at: tuple[int, int] | None = None  # (epoch, step)
    before_batch: Callable[[int, int], None] | None = None
    failure = None

    @property
    def steps_per_epoch(self) -> int:
        return -(-self.samples // self.batch)

    def dataset(self, epoch: int, start_step: int = 0, epochs: int = 1) -> tf.data.Dataset:
        x = (
            np.random.default_rng((self.seed, 7))
            .normal(size=(self.samples, STEPS_T, WIDTH))
            .astype(np.float32)
        )
        labels = (x.sum((1, 2)) > 0).astype(np.int32) + (x[:, 0, 0] > 0)

        def batches() -> Any:
            for at in range(epoch, epoch + epochs):
                order = np.random.default_rng((self.seed, at)).permutation(self.samples)
                for step in range(start_step if at == epoch else 0, self.steps_per_epoch):
                    if self.before_batch:
                        self.before_batch(at, step)
                    chosen = order[step * self.batch : (step + 1) * self.batch]
                    values = x[chosen] * np.float32(np.nan if (at, step) == self.nan_at else 1)
                    yield values, labels[chosen]

        spec = (tf.TensorSpec((None, STEPS_T, WIDTH), tf.float32), tf.TensorSpec((None,), tf.int32))
        return tf.data.Dataset.from_generator(batches, output_signature=spec)


def network(dropout: float = 0.3, units: int = 7) -> keras.Model:
    """float32 [B, T, 6] -> class probabilities [B, 3]; compiled."""
    x = inputs = keras.Input((STEPS_T, WIDTH), name="frames")
    decay = l2_of_weight_decay(0.01)
    x = keras.layers.Conv1D(8, 3, padding="same", activation="relu", kernel_regularizer=decay, name="conv")(x)
    x = keras.layers.Dropout(dropout, name="drop1")(x)
    x = keras.layers.LSTM(units, name="lstm")(x)
    x = keras.layers.Dropout(dropout, name="drop2")(x)
    model = keras.Model(inputs, keras.layers.Dense(CLASSES, activation="softmax", name="scores")(x))
    model.compile(
        optimizer=sgd(keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 0.01), momentum=0.9),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
    )
    return model


def train(folder: Path, **changes: Any) -> FitResult:
    """Three epochs of six steps, validated on nine other samples."""
    options: dict[str, Any] = {"epochs": 3, "seed": 5, "validation": InMemory(9, 4, seed=1)}
    build, data = changes.pop("build", network), changes.pop("data", InMemory())
    return fit(build, data, folder=folder, **{**options, **changes})


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Fuse:
    """Kills the process when it is counted down to zero."""

    left: int

    def burn(self, *ignored: Any) -> None:
        self.left -= 1
        if self.left == 0:
            die()


def attempt(folder: Path, at_batch: int = 0, at_sync: int = 0, **changes: Any) -> None:
    """Train in `folder`, killed before the n-th batch is drawn or in the n-th flush to disk (most belong to
    checkpoints and weight files); 0 means never. Replicas run as graphs, as users have them; one device runs
    without, for most of so short a life would be tracing."""
    sync, fuse = os.fsync, Fuse(at_sync)

    def flush(descriptor: int) -> None:
        fuse.burn()
        sync(descriptor)

    os.fsync = flush
    devices = changes.pop("devices", 1)
    run_eagerly(devices == 1)
    dropout = changes.pop("dropout", 0.3)
    data = changes.pop("data", InMemory(before_batch=Fuse(at_batch).burn))
    train(folder, build=lambda: network(dropout), data=data, strategy=strategy(devices), **changes)


def run(folder: Path, **how: Any) -> int:
    """`attempt` in a new process; its exit code: 0 finished, -9 killed."""
    process = forked.start(attempt, folder, **how)
    process.join()
    assert process.exitcode is not None
    return process.exitcode

"""Is a training step of the multi-stage LSTM (papers 1 and 2) as fast here as in plain PyTorch?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import engines, plain_step
from benchmarks.plain_step import Step
from benchmarks.step_work import ms_lstm_flop
from repro.anticipation import networks, sequence
from repro.paper2.recipe import recipe

QUESTION = "a training step of papers 1 and 2's multi-stage LSTM against nn.LSTM twice, same weights"
CLASSES = {"paper": 101, "demo": 12, "tiny": 5}
BATCH = {"paper": 8, "demo": 32, "tiny": 3}  # on a CPU; the papers' is 32
BATCH_GPU = 32
report = plain_step.report


def measure(size: str, repeats: int, folder: Path, *, batch: int | None = None) -> dict[str, Any]:
    """As `plain_step.measured`. batch: clips a step; by default the papers' 32 on a GPU, else `BATCH`."""
    on_gpu = engines.device() == "cuda"
    count = batch or (BATCH_GPU if on_gpu else BATCH[size])
    return plain_step.measured(step(size, count), size, repeats, "multi-stage LSTM training step")


def step(size: str, batch: int) -> Step:
    """Features half zero, as after a ReLU."""
    from benchmarks.peers import ms_lstm

    numbers, classes = recipe(size), CLASSES[size]
    width, stages = networks.feature_width(numbers), sequence.stages(numbers.variant)
    rng = np.random.default_rng(0)
    shape = (batch, numbers.steps, width)
    inputs = {name: np.maximum(rng.standard_normal(shape, np.float32), 0) for name in numbers.features}
    labels = rng.integers(0, classes, batch).astype(np.int32)
    whole = np.repeat(np.eye(classes, dtype=np.float32)[labels][:, None], numbers.steps, axis=1)
    return Step(
        networks.sequence_model(numbers, classes),
        inputs,
        dict.fromkeys(stages, whole),
        labels,
        ms_lstm_flop(numbers, batch, width, classes),
        ms_lstm.MultiStageLSTM(
            width=width, units=numbers.units, classes=classes, dropout=numbers.lstm_dropout
        ),
        lambda model: ms_lstm.optimizer(model, numbers.lstm_learning_rate, numbers.lstm_momentum),
        lambda model, given: dict(zip(stages, model(*given.values()), strict=True)),
        lambda scores, labels: ms_lstm.loss(tuple(scores.values()), labels),
    )

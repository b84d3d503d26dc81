"""Is a training step of paper 3's attention decoder as fast here as in plain PyTorch?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import engines, plain_step
from benchmarks.plain_step import Step
from benchmarks.step_work import decoder_flop
from repro.paper3 import networks
from repro.paper3.recipe import recipe
from repro.paper3.schedule import schedule

QUESTION = "a training step of paper 3's decoder against nn.LSTMCell in a loop, same weights and batch"
CLASSES = {"paper": 200, "demo": 12, "tiny": 5}
BATCH = {"paper": 50, "demo": 32, "tiny": 3}  # on a CPU; the paper's is 200
BATCH_GPU = 200
report = plain_step.report


def measure(size: str, repeats: int, folder: Path, *, batch: int | None = None) -> dict[str, Any]:
    """As `plain_step.measured`. batch: windows a step; by default the paper's 200 on a GPU, else `BATCH`."""
    on_gpu = engines.device() == "cuda"
    count = batch or (BATCH_GPU if on_gpu else BATCH[size])
    return plain_step.measured(step(size, count), size, repeats, "decoder training step")


def step(size: str, batch: int) -> Step:
    """The decoder that attends to fc8 of VGG_act at every step; vectors half zero."""
    from benchmarks.peers import decoder, ms_lstm

    numbers, classes = recipe(size), CLASSES[size]
    network, plan = networks.training_decoder(numbers, classes, classes), schedule(numbers)
    rng = np.random.default_rng(0)
    inputs = {
        name: np.maximum(rng.standard_normal((batch, *network.input[name].shape[1:]), np.float32), 0)
        for name in ("input", "attended")
    }
    labels = rng.integers(0, classes, batch).astype(np.int32)
    width, attended = (array.shape[-1] for array in inputs.values())
    return Step(
        network,
        inputs,
        {"frame": labels},
        labels,
        decoder_flop(numbers, batch, width, attended, classes),
        decoder.Decoder(
            width=width,
            attended=attended,
            units=numbers.units,
            attention_units=numbers.matching,
            classes=classes,
            dropout=numbers.dropout,
        ),
        lambda model: ms_lstm.optimizer(model, plan.learning_rate, plan.momentum),
        lambda model, given: {"frame": model(given["input"], given["attended"])},
        lambda scores, labels: decoder.loss(scores["frame"], labels),
    )

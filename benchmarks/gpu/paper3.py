"""Paper 3: a training step of the decoder that attends to fc8 of VGG_act at every step."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.gpu import peer
from benchmarks.gpu.case import Case
from benchmarks.peers.decoder import Decoder, loss
from benchmarks.peers.ms_lstm import optimizer
from benchmarks.step_work import decoder_flop
from repro.paper3 import networks
from repro.paper3.recipe import recipe
from repro.paper3.schedule import schedule

CLASSES = 200  # ActivityNet 1.3


def decoder(size: str, precision: str) -> Case:
    """The batch is the paper's 200 windows."""
    numbers = recipe(size)
    model = networks.training_decoder(numbers, CLASSES, CLASSES)
    plan = schedule(numbers)
    width, attended = model.input["input"].shape[-1], model.input["attended"].shape[-1]
    rng = np.random.default_rng(0)
    inputs = {
        name: np.maximum(rng.standard_normal((plan.batch, *model.input[name].shape[1:]), np.float32), 0)
        for name in ("input", "attended")
    }
    labels = rng.integers(0, CLASSES, plan.batch).astype(np.int32)
    plain = Decoder(
        width=width,
        attended=attended,
        units=numbers.units,
        attention_units=numbers.matching,
        classes=CLASSES,
        dropout=numbers.dropout,
    )
    plain = peer.with_weights(plain, model)
    given, classes = [peer.tensor(inputs[name]) for name in ("input", "attended")], peer.tensor(labels)
    rule = optimizer(plain, plan.learning_rate, plan.momentum)

    def says(count: int) -> dict[str, torch.Tensor]:
        return {"frame": torch.softmax(plain(*(each[:count] for each in given)).float(), dim=2)}

    step = peer.training_step(plain, rule, lambda: loss(plain(*given), classes), precision)
    return Case(
        "training step of paper 3's decoder",
        plan.batch,
        decoder_flop(numbers, plan.batch, width, attended, CLASSES),
        model,
        inputs,
        {"frame": labels},
        {"peer": step},
        lambda count: peer.outputs(plain, lambda: says(count), precision),
    )

"""Papers 1 and 2: the frame network's forward pass and a training step of the multi-stage LSTM."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch

from benchmarks.gpu import peer
from benchmarks.gpu.case import Case
from benchmarks.gpu.precision import autocast
from benchmarks.peers.frame_network import BLOCKS, CHANNELS, FrameNetwork
from benchmarks.peers.ms_lstm import MultiStageLSTM, loss, optimizer
from benchmarks.step_work import ms_lstm_flop
from repro.anticipation import networks, sequence
from repro.anticipation.recipe import Recipe
from repro.paper1.recipe import recipe as recipe1
from repro.paper2.recipe import recipe

CLASSES = 101
FRAMES = {"paper": 256, "tiny": 3}
BATCH = {"paper": 32, "tiny": 3}


def frame_network(size: str, precision: str) -> Case:
    """fc7 of the context and the action path of uint8 frames, preprocessing included."""
    numbers = recipe(size)
    model = networks.frame_networks(numbers, CLASSES).features
    images = np.random.default_rng(0).integers(
        0, 256, (FRAMES[size], numbers.size_px, numbers.size_px, 3), np.uint8
    )
    plain = FrameNetwork(
        size=numbers.size_px, width=numbers.width, loc_units=numbers.loc_units, classes=CLASSES
    )
    plain = peer.with_weights(plain, model).eval()
    channels_last = deepcopy(plain).to(memory_format=torch.channels_last)
    given = peer.tensor(images)

    def forward_of(network: torch.nn.Module) -> peer.Run:
        def start() -> object:
            with torch.inference_mode(), autocast(precision):
                return network(given)

        return peer.Run(start, peer.wait)

    def says(count: int) -> dict[str, torch.Tensor]:
        return dict(zip(("context", "action"), plain(given[:count]), strict=True))

    return Case(
        "frame network of papers 1 and 2, forward",
        FRAMES[size],
        2.0 * FRAMES[size] * sum(frame_multiply_adds(numbers).values()),
        model,
        images,
        None,
        {"peer": forward_of(plain), "peer_channels_last": forward_of(channels_last)},
        lambda count: peer.outputs(plain, lambda: says(count), precision),
    )


def frame_multiply_adds(numbers: Recipe) -> dict[str, int]:
    """Multiplications with addition for one frame, by part; borders counted as full."""
    channels = [round(c * numbers.width) for c in CHANNELS]
    convolutions, inputs = 0, 3
    for block, (count, outputs) in enumerate(zip(BLOCKS, channels, strict=True)):
        places = (numbers.size_px >> block) ** 2
        for _ in range(count):
            convolutions += places * 9 * inputs * outputs
            inputs = outputs
    places, units = (numbers.size_px // 16) ** 2, round(4096 * numbers.width)
    return {
        "convolutions": convolutions,
        "localisation": places * (9 * inputs + CLASSES) * numbers.loc_units + numbers.loc_units * CLASSES,
        "fc6 and fc7, twice": 2 * ((numbers.size_px // 32) ** 2 * inputs * units + units * units),
    }


def ms_lstm(size: str, precision: str) -> Case:
    """Both papers' step is the same but for the rate: paper 1's is taken."""
    numbers = recipe1(size)
    model = networks.sequence_model(numbers, CLASSES)
    batch, width = BATCH[size], networks.feature_width(numbers)
    rng = np.random.default_rng(0)
    inputs = {
        name: np.maximum(rng.standard_normal((batch, numbers.steps, width), np.float32), 0)
        for name in numbers.features
    }
    labels = rng.integers(0, CLASSES, batch).astype(np.int32)
    whole = np.repeat(np.eye(CLASSES, dtype=np.float32)[labels][:, None], numbers.steps, axis=1)
    plain = peer.with_weights(
        MultiStageLSTM(width=width, units=numbers.units, classes=CLASSES, dropout=numbers.lstm_dropout), model
    )
    given, classes = [peer.tensor(inputs[name]) for name in numbers.features], peer.tensor(labels)
    rule = optimizer(plain, numbers.lstm_learning_rate, numbers.lstm_momentum)
    stages = sequence.stages(numbers.variant)

    def says(count: int) -> dict[str, torch.Tensor]:
        scores = plain(*(each[:count] for each in given))
        return {stage: torch.softmax(s.float(), dim=2) for stage, s in zip(stages, scores, strict=True)}

    step = peer.training_step(plain, rule, lambda: loss(plain(*given), classes), precision)
    return Case(
        "training step of the multi-stage LSTM of papers 1 and 2",
        batch,
        ms_lstm_flop(numbers, batch, width, CLASSES),
        model,
        inputs,
        dict.fromkeys(stages, whole),
        {"peer": step},
        lambda count: peer.outputs(plain, lambda: says(count), precision),
    )

"""Is a training step of VideoLSTM as fast here as in the plainest PyTorch?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from benchmarks import measuring
from benchmarks.video_lstm_work import (
    Sizes,
    convolutions,
    drawn_batch,
    multiply_adds,
    sizes_of,
    training_flop,
)
from repro.backbones.weights import named_weights
from repro.paper4 import networks
from repro.paper4.recipe import Recipe, recipe
from repro.report.tables import text_table
from repro.types import InputError

QUESTION = "a training step of VideoLSTM on stored features against plain PyTorch, same weights and batch"
BATCH = {"paper": 2, "tiny": 3}  # on a CPU; time is linear in it
BATCH_GPU = 128  # the paper's
MATRIX = {"paper": 4096, "tiny": 64}  # side of the plain products that show the machine's limit
TOLERANCE = 1e-4
Part = Callable[[], object]


def measure(size: str, repeats: int, folder: Path, *, batch: int | None = None) -> dict[str, Any]:
    """Times of both steps, of the convolutions alone and of plain products, and the rates they reach.

    batch: snippets a step; the paper's 128 on a GPU, else two. Raises InputError where PyTorch is missing or
    sees another device than TensorFlow, and where the two networks do not say the same.
    """
    numbers = recipe(size)
    on_gpu = _device() == "cuda"
    count = batch or (BATCH_GPU if on_gpu else BATCH[size])
    sizes = sizes_of(numbers, count)
    parts, compared_first = sides(numbers, sizes)
    parts["convolutions"] = convolutions(sizes)
    parts |= plain_products(MATRIX[size])
    times = measuring.in_turn(parts, repeats, "VideoLSTM training step")
    return {
        "batch": count,
        "multiply_adds_of_a_snippet": multiply_adds(sizes),
        "training_gflop": training_flop(sizes) / 1e9,
        "compared_first": compared_first,
        "parts_ms": measuring.with_spread(times),
        **compared(times, training_flop(sizes), 2 * MATRIX[size] ** 3),
    }


def _device() -> str:
    """`cuda` where both engines have a GPU, `cpu` where neither has."""
    torch = _torch()
    found = {bool(tf.config.list_physical_devices("GPU")), torch.cuda.is_available()}
    if len(found) > 1:
        raise InputError(
            "of TensorFlow and PyTorch one sees a GPU and the other none; install PyTorch for that GPU, or "
            "hide the GPU from both with CUDA_VISIBLE_DEVICES="
        )
    if found == {False}:
        return "cpu"
    # Both in whole float32: the engines' own shortcuts for GPUs are not the same ones.
    tf.config.experimental.enable_tensor_float_32_execution(False)
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    return "cuda"


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise InputError(
            "video_lstm_step compares with PyTorch, which is missing; pip install -r requirements-dev.txt"
        ) from error
    return torch


def sides(numbers: Recipe, sizes: Sizes) -> tuple[dict[str, Part], dict[str, float]]:
    """`ours` and `peer`, one training step each from the same weights, and how far they agree before it.

    Raises InputError where a probability or the loss differs by more than `TOLERANCE` of itself.
    """
    network = networks.sequence_network(numbers, sizes.classes)
    inputs, labels = drawn_batch(sizes)
    peer, peer_says = _peer(numbers, sizes, network, inputs, labels)
    probabilities = network.predict_on_batch(inputs)["frame"]
    value = float(np.asarray(network.test_on_batch(inputs, {"frame": labels})))
    there, value_there = peer_says()
    agreement = {
        "relative_difference_of_probabilities": float(np.abs(there / probabilities - 1).max()),
        "relative_difference_of_loss": abs(value - value_there) / value,
    }
    if not max(agreement.values()) <= TOLERANCE:
        raise InputError(f"ours and the peer do not say the same: {agreement}; nothing was timed")

    def ours() -> object:
        return network.train_on_batch(inputs, {"frame": labels})

    return {"ours": ours, "peer": peer}, agreement


def _peer(
    numbers: Recipe,
    sizes: Sizes,
    network: keras.Model,
    inputs: Mapping[str, NDArray[np.float32]],
    labels: NDArray[np.int32],
) -> tuple[Part, Callable[[], tuple[NDArray[np.float32], float]]]:
    """The peer's training step, and what it says without dropout: probabilities [B, T, K] and loss."""
    torch = _torch()
    from benchmarks.peers import video_lstm

    device = _device()
    model = video_lstm.VideoLSTM(
        channels=sizes.channels,
        grid=sizes.grid,
        units=sizes.units,
        attention_units=sizes.attention_units,
        head_units=sizes.head_units,
        classes=sizes.classes,
        dropout=numbers.head_dropout,
    )
    model.copy({name: np.asarray(variable) for name, variable in named_weights(network).items()})
    model.to(device)
    rule = video_lstm.optimizer(
        model, numbers.lstm_learning_rate, numbers.lstm_decay, numbers.lstm_epsilon
    )  # fmt: skip
    maps = [
        torch.from_numpy(np.ascontiguousarray(inputs[name].transpose(0, 1, 4, 2, 3))).to(device)
        for name in ("pool5", "motion")
    ]
    classes = torch.from_numpy(labels.astype(np.int64)).to(device)

    def says() -> tuple[NDArray[np.float32], float]:
        model.eval()
        with torch.no_grad():
            scores = model(*maps)
            value = video_lstm.loss(scores, classes).item()
            return torch.softmax(scores, dim=2).cpu().numpy(), value

    return lambda: video_lstm.train_step(model, rule, maps, classes), says


def plain_products(side: int) -> dict[str, Part]:
    """A product of two square matrices in each engine: as fast as arithmetic gets on this machine."""
    torch = _torch()
    drawn = np.random.default_rng(0).standard_normal((side, side), np.float32)
    there, here = torch.from_numpy(drawn).to(_device()), tf.constant(drawn)
    return {
        "product_tensorflow": lambda: tf.linalg.matmul(here, here)[0, 0].numpy(),
        "product_pytorch": lambda: torch.matmul(there, there)[0, 0].item(),
    }


def compared(times: measuring.Times, step_flop: float, product_flop: float) -> dict[str, Any]:
    """ratio: the peer's time by ours, and over repeats; rates in GFLOP/s; what share is what."""
    middle = measuring.medians(times)
    ratios = [each["peer"] / each["ours"] for each in measuring.by_repeat(times)]
    flop = {part: step_flop if part in ("ours", "peer") else product_flop for part in middle}
    rates = {part: flop[part] / middle[part] / 1e6 for part in middle if part != "convolutions"}
    limit = max(rates[part] for part in ("product_tensorflow", "product_pytorch"))
    return {
        "ratio": middle["peer"] / middle["ours"],
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "gflop_per_s": rates,
        "share_of_limit": {part: rates[part] / limit for part in ("ours", "peer")},
        "convolutions_share": middle["convolutions"] / middle["ours"],
    }


def report(result: Mapping[str, Any]) -> str:
    """Times and rates, and what limits the step."""
    rates = result["gflop_per_s"]
    rows = [
        [name, *(f"{spent[key]:.0f}" for key in ("median", "min", "max")),
         f"{rates[name]:.0f}" if name in rates else ""]
        for name, spent in result["parts_ms"].items()
    ]  # fmt: skip
    share = result["share_of_limit"]["ours"]
    return "\n".join(
        [
            text_table(("part", "median ms", "least", "most", "GFLOP/s"), rows),
            f"A step on {result['batch']} snippets is {result['training_gflop']:.0f} GFLOP, counted by hand.",
            f"The peer takes {result['ratio']:.2f} times as long as ours "
            f"({result['ratio_min']:.2f} to {result['ratio_max']:.2f} over repeats).",
            f"Ours reaches {100 * share:.0f} % of the rate of a plain product; its 3 x 3 convolutions and "
            f"their gradients alone, in turn, take {100 * result['convolutions_share']:.0f} % of its time.",
        ]
    )

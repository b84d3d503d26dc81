"""Is a training step of VideoLSTM as fast here as in the plainest PyTorch?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from benchmarks import engines, measuring
from benchmarks.engines import Part
from benchmarks.video_lstm_alone import convolutions
from benchmarks.video_lstm_work import Sizes, multiply_adds, sampled_batch, sizes_of, training_flop
from repro.backbones.weights import named_weights
from repro.paper4 import networks
from repro.paper4.recipe import Recipe, recipe
from repro.report.tables import text_table

QUESTION = "a training step of VideoLSTM on stored features against plain PyTorch, same weights and batch"
BATCH = {"paper": 2, "demo": 8, "tiny": 3}  # on a CPU; time is linear in it
BATCH_GPU = 128  # the paper's
Says = dict[str, NDArray[np.float32]]


def measure(size: str, repeats: int, folder: Path, *, batch: int | None = None) -> dict[str, Any]:
    """Times of both steps, of the convolutions alone and of plain products, and the rates they reach.

    batch: snippets a step; the paper's 128 on a GPU, else two. Raises InputError where PyTorch is missing or
    sees another device than TensorFlow, and where the two networks do not agree.
    """
    numbers = recipe(size)
    on_gpu = engines.device() == "cuda"
    count = batch or (BATCH_GPU if on_gpu else BATCH[size])
    sizes = sizes_of(numbers, count)
    parts, compared_first = sides(numbers, sizes)
    parts["convolutions"] = convolutions(sizes)
    parts |= engines.plain_products(engines.MATRIX[size])
    times = measuring.in_turn(parts, repeats, "VideoLSTM training step")
    return {
        "batch": count,
        "multiply_adds_of_a_snippet": multiply_adds(sizes),
        "training_gflop": training_flop(sizes) / 1e9,
        "compared_first": compared_first,
        "parts_ms": measuring.with_spread(times),
        **compared(times, training_flop(sizes), 2 * engines.MATRIX[size] ** 3),
    }


def sides(numbers: Recipe, sizes: Sizes) -> tuple[dict[str, Part], dict[str, float]]:
    """`ours` and `peer`, one training step each from the same weights, and how far they agree before it.

    Raises InputError where a probability or the loss differs by more than `engines.TOLERANCE` of itself.
    """
    network = networks.sequence_network(numbers, sizes.classes)
    inputs, labels = sampled_batch(sizes)
    peer, peer_says = _peer(numbers, sizes, network, inputs, labels)
    agreement = engines.agreement(
        {
            "probabilities": network.predict_on_batch(inputs)["frame"],
            "loss": np.asarray(network.test_on_batch(inputs, {"frame": labels})),
        },
        peer_says(),
    )

    def ours() -> object:
        return network.train_on_batch(inputs, {"frame": labels})

    return {"ours": ours, "peer": peer}, agreement


def _peer(
    numbers: Recipe,
    sizes: Sizes,
    network: keras.Model,
    inputs: Mapping[str, NDArray[np.float32]],
    labels: NDArray[np.int32],
) -> tuple[Part, Callable[[], Says]]:
    """The peer's training step, and what it says without dropout: probabilities [B, T, K] and loss."""
    torch = engines.pytorch()
    from benchmarks.peers import video_lstm

    device = engines.device()
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

    def says() -> Says:
        model.eval()
        with torch.no_grad():
            scores = model(*maps)
            value = video_lstm.loss(scores, classes)
            return {"probabilities": torch.softmax(scores, dim=2).cpu().numpy(), "loss": value.cpu().numpy()}

    return lambda: video_lstm.train_step(model, rule, maps, classes).item(), says


def compared(times: measuring.Times, step_flop: float, product_flop: float) -> dict[str, Any]:
    """As `engines.compared`, and which share of our step the convolutions take."""
    middle = measuring.medians(times)
    flop = dict.fromkeys(("ours", "peer"), step_flop) | dict.fromkeys(engines.PRODUCTS, product_flop)
    return {
        **engines.compared(times, flop),
        "convolutions_share": middle["convolutions"] / middle["ours"],
    }


def report(result: Mapping[str, Any]) -> str:
    """Times and rates, and what limits the step."""
    share = result["share_of_limit"]["ours"]
    return "\n".join(
        [
            text_table(("part", "median ms", "least", "most", "GFLOP/s"), engines.rows(result)),
            f"A step on {result['batch']} snippets is {result['training_gflop']:.0f} GFLOP, counted by hand.",
            f"The peer takes {result['ratio']:.2f} times as long as ours "
            f"({result['ratio_min']:.2f} to {result['ratio_max']:.2f} over repeats).",
            f"Ours reaches {100 * share:.0f} % of the rate of a plain product; its 3 x 3 convolutions and "
            f"their gradients alone, in turn, take {100 * result['convolutions_share']:.0f} % of its time.",
        ]
    )

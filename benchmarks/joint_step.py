"""Is a training step of joint attention (paper 5) as fast here as in plain PyTorch?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from benchmarks import engines, measuring
from benchmarks.engines import Part
from benchmarks.joint_alone import ALONE, parts_alone
from benchmarks.joint_work import Sizes, multiply_adds, sampled_batch, sizes_of, training_flop
from repro.backbones.weights import named_weights
from repro.paper5 import networks
from repro.paper5.recipe import Recipe, recipe
from repro.report.tables import text_table

QUESTION = "a training step of joint attention on stored maps against plain PyTorch, same weights and batch"
BATCH = {"paper": 1, "demo": 8, "tiny": 3}  # on a CPU
BATCH_GPU = 64  # the paper's
Says = dict[str, NDArray[np.float32]]


def measure(size: str, repeats: int, folder: Path, *, batch: int | None = None) -> dict[str, Any]:
    """Times of both steps, of parts of ours alone and of plain products, and the rates they reach.

    batch: clips a step; the paper's 64 on a GPU, else one. Raises InputError where PyTorch is missing or
    sees another device than TensorFlow, and where the two networks do not agree.
    """
    numbers = recipe(size)
    on_gpu = engines.device() == "cuda"
    count = batch or (BATCH_GPU if on_gpu else BATCH[size])
    sizes = sizes_of(numbers, count)
    parts, compared_first = sides(numbers, sizes)
    parts |= engines.plain_products(engines.MATRIX[size])
    times = measuring.in_turn(parts, repeats, "joint attention training step")
    flop = training_flop(sizes)
    return {
        "batch": count,
        "multiply_adds_of_a_clip": multiply_adds(sizes),
        "training_gflop": {part: operations / 1e9 for part, operations in flop.items()},
        "compared_first": compared_first,
        "parts_ms": measuring.with_spread(times),
        **compared(times, flop, 2 * engines.MATRIX[size] ** 3),
    }


def sides(numbers: Recipe, sizes: Sizes) -> tuple[dict[str, Part], dict[str, float]]:
    """`ours` and `peer`, one training step each from the same weights, parts of ours, and how far they agree.

    Compared before any step: the softmaxes of the LSTM and of every branch, the gaps, the whole loss. Raises
    InputError where one differs by more than `engines.TOLERANCE` of itself.
    """
    network = networks.sequence_network(numbers, sizes.classes, None)
    inputs, labels = sampled_batch(sizes)
    targets = dict.fromkeys(networks.outputs_of(numbers), labels)
    peer, peer_says = _peer(numbers, sizes, network, inputs, labels)
    loss = network.test_on_batch(inputs, targets, return_dict=True)["loss"]
    agreement = engines.agreement({**network.predict_on_batch(inputs), "loss": np.asarray(loss)}, peer_says())

    def ours() -> object:
        return network.train_on_batch(inputs, targets)

    return {"ours": ours, "peer": peer, **parts_alone(network, sizes)}, agreement


def _peer(
    numbers: Recipe,
    sizes: Sizes,
    network: keras.Model,
    inputs: Mapping[str, NDArray[np.float32]],
    labels: NDArray[np.int32],
) -> tuple[Part, Callable[[], Says]]:
    """The peer's training step, and what it says: softmaxes [B, T, K], gaps [B], loss."""
    torch = engines.pytorch()
    from benchmarks.peers import joint_attention

    device = engines.device()
    model = joint_attention.JointAttention(**peer_sizes(sizes))
    model.copy({name: np.asarray(variable) for name, variable in named_weights(network).items()})
    model.to(device)
    rule = joint_attention.optimizer(model, numbers.learning_rate, numbers.adam_epsilon)
    maps = {
        branch: torch.from_numpy(np.ascontiguousarray(array.transpose(0, 4, 1, 2, 3))).to(device)
        for branch, array in inputs.items()
    }
    classes = torch.from_numpy(labels.astype(np.int64)).to(device)

    def value(outputs: Any) -> Any:
        return joint_attention.loss(model, outputs, classes, numbers.lambda_att, numbers.weight_decay)

    def says() -> Says:
        with torch.no_grad():
            outputs = model(maps)
            probabilities = {
                name: output if name.endswith("_gap") else torch.softmax(output, dim=2)
                for name, output in outputs.items()
            }
            return {
                name: each.cpu().numpy() for name, each in {**probabilities, "loss": value(outputs)}.items()
            }

    def step() -> float:
        return joint_attention.update(model, rule, value(model(maps)), numbers.clip_norm).item()

    return step, says


def peer_sizes(sizes: Sizes) -> dict[str, Any]:
    """What the peer is built from: all sizes but those of the batch."""
    return {name: value for name, value in sizes._asdict().items() if name not in ("batch", "steps")}


def compared(times: measuring.Times, flop: Mapping[str, int], product_flop: float) -> dict[str, Any]:
    """As `engines.compared`, and which share of our step each part takes by itself, `share_of_step`."""
    middle = measuring.medians(times)
    counted = {part: sum(flop[each] for each in pieces) for part, pieces in ALONE.items()}
    whole = dict.fromkeys(("ours", "peer"), sum(flop.values()))
    products = dict.fromkeys(engines.PRODUCTS, product_flop)
    return {
        **engines.compared(times, {**whole, **counted, **products}),
        "share_of_step": {part: middle[part] / middle["ours"] for part in (*ALONE, "update")},
    }


def report(result: Mapping[str, Any]) -> str:
    """Times and rates, where the arithmetic is and where the time goes."""
    work, limit, step = result["training_gflop"], result["share_of_limit"], result["share_of_step"]
    total = sum(work.values())
    most = sorted(work, key=lambda part: -work[part])[:3]
    return "\n".join(
        [
            text_table(("part", "median ms", "least", "most", "GFLOP/s"), engines.rows(result)),
            f"A step on a batch of {result['batch']} is {total:.0f} GFLOP, counted by hand: "
            + ", ".join(f"{part} {100 * work[part] / total:.0f} %" for part in most)
            + ".",
            f"The peer takes {result['ratio']:.2f} times as long as ours "
            f"({result['ratio_min']:.2f} to {result['ratio_max']:.2f} over repeats).",
            f"Ours reaches {100 * limit['ours']:.0f} % of the rate of a plain product, the 3-d convolutions "
            f"alone {100 * limit['convolutions']:.0f} %.",
            "By themselves, of the time of our step: "
            + ", ".join(f"{part} {100 * share:.0f} %" for part, share in step.items())
            + ".",
        ]
    )

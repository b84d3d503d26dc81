"""One training step of ours beside plain PyTorch's: same weights and batch, compared before it is timed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from benchmarks import engines, measuring
from repro.backbones.weights import named_weights
from repro.report.tables import text_table

Arrays = Mapping[str, NDArray[Any]]


class Step(NamedTuple):
    """network: compiled. flop: of a step, counted by hand. peer: a module that takes our weights (`copy`).

    rule: the optimiser of the peer's weights. scores: of the peer, by our outputs' names, before the softmax.
    loss: of these scores and the labels int [B].
    """

    network: keras.Model
    inputs: Arrays
    targets: Arrays
    labels: NDArray[np.int32]
    flop: float
    peer: Any
    rule: Callable[[Any], Any]
    scores: Callable[[Any, Mapping[str, Any]], Mapping[str, Any]]
    loss: Callable[[Mapping[str, Any], Any], Any]


def measured(step: Step, size: str, repeats: int, what: str) -> dict[str, Any]:
    """Times of both steps and of plain products, and the rates they reach.

    Raises InputError where PyTorch is missing or sees another device than TensorFlow, and where probabilities
    or loss differ by more than `engines.TOLERANCE` of themselves.
    """
    peer, says = _peer(step)
    outputs = step.network.predict_on_batch(step.inputs)
    loss = step.network.test_on_batch(step.inputs, step.targets, return_dict=True)["loss"]
    there = says()
    agreement = engines.agreement({**{n: outputs[n] for n in step.targets}, "loss": np.asarray(loss)}, there)
    parts = {"ours": ours(step), "peer": peer, **engines.plain_products(engines.MATRIX[size])}
    times = measuring.in_turn(parts, repeats, what)
    flop = dict.fromkeys(("ours", "peer"), step.flop)
    flop |= dict.fromkeys(engines.PRODUCTS, 2.0 * engines.MATRIX[size] ** 3)
    return {
        "batch": len(step.labels),
        "training_gflop": step.flop / 1e9,
        "compared_first": agreement,
        "parts_ms": measuring.with_spread(times),
        **engines.compared(times, flop),
    }


def ours(step: Step) -> engines.Part:
    """Our step on tensors, as an input pipeline gives them."""
    inputs, targets = ({n: tf.constant(a) for n, a in each.items()} for each in (step.inputs, step.targets))
    return lambda: step.network.train_on_batch(inputs, targets)


def _peer(step: Step) -> tuple[engines.Part, Callable[[], dict[str, NDArray[np.float32]]]]:
    """The peer's step, and its probabilities and loss without dropout."""
    torch, device = engines.pytorch(), engines.device()
    step.peer.copy({name: np.asarray(variable) for name, variable in named_weights(step.network).items()})
    model = step.peer.to(device)
    rule = step.rule(model)
    given = {name: torch.from_numpy(array).to(device) for name, array in step.inputs.items()}
    labels = torch.from_numpy(step.labels.astype(np.int64)).to(device)

    def update() -> float:
        model.train()
        rule.zero_grad()
        value = step.loss(step.scores(model, given), labels)
        value.backward()
        rule.step()
        return float(value.item())

    def says() -> dict[str, NDArray[np.float32]]:
        model.eval()
        with torch.no_grad():
            scores = step.scores(model, given)
            all_said = {name: torch.softmax(each, dim=2) for name, each in scores.items()}
            all_said["loss"] = step.loss(scores, labels)
        return {name: each.cpu().numpy() for name, each in all_said.items()}

    return update, says


def report(result: Mapping[str, Any]) -> str:
    """Times and rates."""
    return "\n".join(
        [
            text_table(("part", "median ms", "least", "most", "GFLOP/s"), engines.rows(result)),
            f"{result['training_gflop']:.1f} GFLOP a step, counted by hand; a batch of {result['batch']}.",
            f"The peer takes {result['ratio']:.2f} times as long as ours "
            f"({result['ratio_min']:.2f} to {result['ratio_max']:.2f} over repeats); ours reaches "
            f"{100 * result['share_of_limit']['ours']:.0f} % of the rate of a plain product.",
        ]
    )

"""Paper 4's recurrences at small size with drawn weights, and what the oracle says of them, in any engine."""

import numpy as np

from helpers.in_an_engine import at_once, equal, whole_and_streamed
from helpers.initial_weights import vary
from helpers.named_kernels import Named, drawn, drawn_attention, fill
from oracles import attention_lstm as oracle
from repro.paper4 import model as paper4
from repro.paper4.losses import SnippetCrossEntropy
from repro.recurrent.attention_lstm import STARTS, AttentionLSTM

T, D, U = 4, 3, 2
GRID = (2, 3)
KINDS = ("lstm", "alstm", "conv_lstm", "conv_alstm", "motion_alstm", "video_lstm")


def small(
    kind: str, start: str = "zeros", seed: int = 0, motion_kernel: int = 3
) -> tuple[AttentionLSTM, dict[str, Named], dict[str, np.ndarray]]:
    """A small recurrence with drawn weights: the layer, its weights by the paper's names, its inputs."""
    rng = np.random.default_rng(seed)
    k = 3 if "conv" in kind or "video" in kind else None
    motion, attention = kind in ("motion_alstm", "video_lstm"), kind not in ("lstm", "conv_lstm")
    k_m = motion_kernel if k else None
    weights = {"top": drawn(rng, inputs=D, units=U, kernel_size=k)}
    if attention:
        weights["attention"] = drawn_attention(rng, inputs=D, units=U, attention_units=4)
    if motion:
        weights["bottom"] = drawn(rng, inputs=5, units=U, kernel_size=k_m, extra=True)
    if start != "zeros":
        weights["top_start"] = drawn(rng, inputs=D, units=U, kernel_size=k, start=True)
        if motion:
            weights["bottom_start"] = drawn(rng, inputs=5, units=U, kernel_size=k_m, start=True)
    inputs = {"x": rng.normal(size=(2, T, *(() if kind == "lstm" else GRID), D))}
    if motion:
        inputs["motion"] = rng.normal(size=(2, T, *(GRID if k else ()), 5))
    layer = AttentionLSTM(
        U,
        kernel_size=k,
        attention_units=4 if attention else None,
        motion=motion,
        motion_kernel_size=k_m,
        start=start,
        dtype="float64",
    )
    layer.build({name: x.shape for name, x in inputs.items()})
    return fill(layer, weights), weights, inputs


def expected(
    layer: AttentionLSTM,
    weights: dict[str, Named],
    inputs: dict[str, np.ndarray],
    start: str,
    sample: int,
) -> dict[str, np.ndarray]:
    """The oracle on one sample, from the start that `start` names."""
    x, motion = inputs["x"][sample], inputs["motion"][sample] if "motion" in inputs else None
    state = {name: np.zeros(layer.state_shape) for name in layer.state_names}
    for frames, part, names in (
        (x, "top_start", ("h", "c")),
        (motion, "bottom_start", ("motion_h", "motion_c")),
    ):
        if start == "zeros" or part not in weights:
            continue
        seen = frames[:1] if start == "first" else frames
        vectors = weights[part]["W_h0"].ndim == 2
        mean = seen.reshape(-1, seen.shape[-1]).mean(axis=0) if vectors else seen.mean(axis=0)
        state |= zip(names, oracle.start(mean, weights[part]), strict=True)
    return oracle.sequence(x, state, weights, motion)


def check() -> dict[str, np.ndarray]:
    """Six recurrences from three starts each, and the loss; what six networks say."""
    made = {(kind, start): small(kind, start) for kind in KINDS for start in STARTS}
    found = at_once([(layer, inputs) for layer, _, inputs in made.values()])
    for ((_, start), (layer, weights, inputs)), said in zip(made.items(), found, strict=True):
        wanted = [expected(layer, weights, inputs, start, sample) for sample in range(2)]
        for name in said.keys() - {"last"}:
            equal(said[name], [sample[name] for sample in wanted])
        for name, last in said["last"].items():
            equal(last, [sample[name][-1] for sample in wanted])
    p, y = np.random.default_rng(0).dirichlet(np.ones(5), size=(3, 6)), np.array([0, 4, 2])
    by_hand = [-np.log(p[sample, :, label]).sum() for sample, label in enumerate(y)]
    for said in at_once(
        [(lambda given: SnippetCrossEntropy().call(*given), (labels, p)) for labels in (y, np.eye(5)[y])]
    ):
        equal(said, by_hand)
    return _networks()


def _networks() -> dict[str, np.ndarray]:
    """The six of paper 4 on a snippet, whole and frame by frame: the same."""
    sizes = {"map_shape": (3, 2, 4), "vector_shape": (5,), "units": 12, "attention_units": 4, "head_units": 6}
    calls = {}
    for name in paper4.ARCHITECTURES:
        model = vary(paper4.build(name, steps=3, classes=3, initial_from="first", **sizes), seed=5, gain=1.0)
        rng = np.random.default_rng(4)
        clips = {key: rng.normal(0, 4, (1, *tensor.shape[1:])) for key, tensor in model.input.items()}
        start = paper4.start(model, {key: x[:, 0] for key, x in clips.items()})
        calls[name] = (whole_and_streamed(model, paper4.step_model(model), "frame"), (clips, start))
    said = {}
    for name, (whole, streamed) in zip(calls, at_once(list(calls.values())), strict=True):
        np.testing.assert_allclose(streamed, whole, rtol=0, atol=1e-6)
        said[name] = whole
    return said

"""Paper 4's recurrences at small size with drawn weights, and what the oracle says of them."""

import numpy as np

from helpers.named_kernels import Named, drawn, drawn_attention, fill
from oracles import attention_lstm as oracle
from repro.recurrent.attention_lstm import AttentionLSTM

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

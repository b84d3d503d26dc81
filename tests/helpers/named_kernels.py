"""Paper 4's matrices by their names in the equations, drawn, or stacked into the layers' weights."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from repro.recurrent.attention_lstm import AttentionLSTM

Named = dict[str, NDArray]


def stacked(named: Mapping[str, NDArray]) -> list[NDArray]:
    """The weights of one sub-layer in the order of `get_weights`."""
    if "W_z" in named:
        parts = [named[name] for name in ("W_xa", "W_ha", "W_z", "b_a")]
        return [part.reshape(part.shape[-2:]) if part.ndim == 4 else part for part in parts]
    if "W_h0" in named:
        return [np.concatenate([named[f"{letter}_{s}0"] for s in "hc"], axis=-1) for letter in "Wb"]
    letters = ("W_x", "W_h", "W_e", "b_") if "W_ei" in named else ("W_x", "W_h", "b_")
    return [np.concatenate([named[f"{letter}{gate}"] for gate in "ifco"], axis=-1) for letter in letters]


def fill(layer: AttentionLSTM, weights: Mapping[str, Named]) -> AttentionLSTM:
    """Set all sub-layers of a built layer, by their names: {"top": {"W_xi": ...}, ...}."""
    parts = {
        "top": layer.top,
        "attention": layer.attention,
        "bottom": layer.bottom,
        "top_start": layer.starts.get("x"),
        "bottom_start": layer.starts.get("motion"),
    }
    for name, named in weights.items():
        parts[name].set_weights(stacked(named))
    assert {name for name, part in parts.items() if part is not None} == set(weights)
    return layer


def drawn(
    rng: np.random.Generator,
    *,
    inputs: int,
    units: int,
    kernel_size: int | None = None,
    extra: bool = False,
    start: bool = False,
) -> Named:
    """Normal weights of an LSTM, or of its start."""
    area = () if kernel_size is None else (kernel_size, kernel_size)
    widths = {"x": inputs, "h": units} | ({"e": units} if extra else {})
    kernels = [f"W_{s}0" for s in "hc"] if start else [f"W_{v}{g}" for v in widths for g in "ifoc"]
    biases = ["b_h0", "b_c0"] if start else [f"b_{g}" for g in "ifoc"]
    named = {
        name: rng.normal(0, 0.5, (*area, inputs if start else widths[name[2]], units)) for name in kernels
    }
    return named | {name: rng.normal(0, 0.5, units) for name in biases}


def drawn_attention(rng: np.random.Generator, *, inputs: int, units: int, attention_units: int) -> Named:
    """Normal weights of an attention."""
    shapes = {
        "W_xa": (inputs, attention_units),
        "W_ha": (units, attention_units),
        "b_a": (attention_units,),
        "W_z": (attention_units, 1),
    }
    return {name: rng.normal(0, 1, shape) for name, shape in shapes.items()}

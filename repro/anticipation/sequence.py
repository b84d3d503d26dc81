"""The LSTMs of papers 1 and 2 on frame features (paper 2, 3.2.2; paper 1, 4.2 and Table 4).

    ms_lstm        stage 1: LSTM on the first feature; stage 2: LSTM on [h of stage 1 ; second feature]
    single_lstm    one LSTM on one feature
    concatenation  one LSTM on both features side by side
    parallel       an LSTM on each feature, one classifier on [h ; h']

The first of `features` goes into stage 1: ("context", "action") is the papers' order, the reverse is paper
1's "swapped". The wiring is written once and used for whole sequences and for single frames.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import keras
import numpy as np
from keras import KerasTensor, layers

from repro.recurrent.peephole_lstm import PeepholeLSTMCell
from repro.recurrent.sequence_lstm import SequenceLSTM

VARIANTS = ("ms_lstm", "single_lstm", "concatenation", "parallel")
CELLS = ("lstm", "peephole", "full_peephole")


class Wiring(NamedTuple):
    """How one variant is put together; `lstm` and `classify` are called with the name of their layer.

    lstm: on one tensor, or on several side by side.
    """

    variant: str
    lstm: Callable[[str, list[KerasTensor]], KerasTensor]
    classify: Callable[[str, KerasTensor], KerasTensor]

    def connect(self, features: list[KerasTensor]) -> dict[str, KerasTensor]:
        """Features [B, T, D] (or [B, D] of one frame) -> probabilities of each stage, same leading axes."""
        first, *others = features
        if self.variant == "single_lstm":
            return {"stage1": self.classify("stage1", self.lstm("lstm1", [first]))}
        if self.variant == "concatenation":
            return {"stage1": self.classify("stage1", self.lstm("lstm1", features))}
        if self.variant == "parallel":
            hidden = [self.lstm(f"lstm{i}", [x]) for i, x in enumerate(features, start=1)]
            return {"stage1": self.classify("stage1", _beside("hidden", hidden))}
        h1 = self.lstm("lstm1", [first])
        h2 = self.lstm("lstm2", [h1, *others])
        return {"stage1": self.classify("stage1", h1), "stage2": self.classify("stage2", h2)}


def stages(variant: str) -> tuple[str, ...]:
    """The outputs of a variant, each with its own loss; the last one is the prediction (A27)."""
    return ("stage1", "stage2") if variant == "ms_lstm" else ("stage1",)


def prediction(variant: str) -> str:
    """The output whose probabilities are the prediction."""
    return stages(variant)[-1]


def build(
    variant: str,
    *,
    features: Mapping[str, int],
    units: int,
    classes: int,
    dropout: float = 0.5,
    steps: int | None = None,
    cell: str = "lstm",
) -> keras.Model:
    """{name: [B, T, D]} for each of `features` (name -> D) -> {"stage1": [B, T, K], ...} probabilities.

    Dropout follows each LSTM (A17); the dropped h of stage 1 feeds its classifier and stage 2 alike.
    cell: `lstm` is Keras' own, `peephole` and `full_peephole` have paper 1's V terms (A1). Raises ValueError
    for unknown names or a number of features that the variant cannot take.
    """
    _check(variant, len(features), cell)

    def lstm(name: str, x: list[KerasTensor]) -> KerasTensor:
        dropped = layers.Dropout(dropout, name=f"{name}_dropout")  # first: seeds are drawn in this order
        return dropped(
            SequenceLSTM(units, name=name)(x) if cell == "lstm" else _peephole(cell, units, name, x)
        )

    def classify(name: str, hidden: KerasTensor) -> KerasTensor:
        # Dense acts on the last axis: the same weights at every t, in one product over all of them.
        return layers.Softmax(name=name, dtype="float32")(layers.Dense(classes, name=f"{name}_dense")(hidden))

    inputs = {name: keras.Input((steps, width), name=name) for name, width in features.items()}
    return keras.Model(inputs, Wiring(variant, lstm, classify).connect(list(inputs.values())), name=variant)


def step_model(model: keras.Model) -> keras.Model:
    """The same network, one frame at a time with the same weights: for streams.

    Inputs: {name: [B, D]} for each feature and {"lstm1_h", "lstm1_c", ...: [B, H]}. Outputs: the stages'
    probabilities [B, K] and the new states under the names they came in with.
    """
    inputs = {name: keras.Input(tensor.shape[2:], name=name) for name, tensor in model.input.items()}
    states: dict[str, KerasTensor] = {}
    new_states: dict[str, KerasTensor] = {}

    def lstm(name: str, x: list[KerasTensor]) -> KerasTensor:
        cell = model.get_layer(name).cell
        names = _state_names(name)
        states.update({state: keras.Input((cell.units,), name=state) for state in names})
        h, new = cell(_beside(f"{name}_inputs", x), [states[state] for state in names])
        new_states.update(zip(names, new, strict=True))
        return h

    def classify(name: str, hidden: KerasTensor) -> KerasTensor:
        return model.get_layer(name)(model.get_layer(f"{name}_dense")(hidden))

    outputs = Wiring(model.name, lstm, classify).connect(list(inputs.values()))
    return keras.Model({**inputs, **states}, {**outputs, **new_states}, name=f"{model.name}_step")


def initial_state(model: keras.Model, batch: int = 1) -> dict[str, np.ndarray]:
    """h_0 = c_0 = 0 for every LSTM of a model made by `build`: float32 [B, H] by state name."""
    names = [layer.name for layer in model.layers if isinstance(layer, layers.RNN)]
    return {
        state: np.zeros((batch, model.get_layer(name).cell.units), np.float32)
        for name in names
        for state in _state_names(name)
    }


def _state_names(lstm: str) -> tuple[str, str]:
    return f"{lstm}_h", f"{lstm}_c"


def _peephole(cell: str, units: int, name: str, x: list[KerasTensor]) -> KerasTensor:
    # The step model holds both cells side by side: names must differ.
    own = PeepholeLSTMCell(units, full=cell == "full_peephole", name=f"{name}_cell")
    return layers.RNN(own, return_sequences=True, name=name)(_beside(f"{name}_inputs", x))


def _beside(name: str, tensors: list[KerasTensor]) -> KerasTensor:
    return layers.Concatenate(name=name)(tensors) if len(tensors) > 1 else tensors[0]


def _check(variant: str, features: int, cell: str) -> None:
    if variant not in VARIANTS:
        raise ValueError(f"variant {variant!r}; wanted one of {', '.join(VARIANTS)}")
    if cell not in CELLS:
        raise ValueError(f"cell {cell!r}; wanted one of {', '.join(CELLS)}")
    if (features == 1) != (variant == "single_lstm"):
        wanted = "one feature" if variant == "single_lstm" else "several features"
        raise ValueError(f"{variant} takes {wanted}, got {features}")

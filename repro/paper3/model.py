"""Paper 3's decoder: an LSTM on C3D vectors that attends to frames at every step, at the last, or never.

Beside it the control that the paper lacks: the same frames at every step, all weighted alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import KerasTensor, layers, ops

from repro.recurrent.initializers import glorot_uniform, orthogonal
from repro.recurrent.lstm import LSTM
from repro.recurrent.soft_attention import SoftAttention
from repro.recurrent.unroll import unroll

VARIANTS = ("a", "b")
ACTIVATIONS = ("softmax", "sigmoid")


@keras.saving.register_keras_serializable(package="repro")
class Decoder(layers.Layer):
    """The N steps of the decoder; paper 3, Eqs. 3-12.

        w_t, k_t = attention(h_{t-1}, A)                     (3-5)
        h_t, c_t = LSTM(x_t, h_{t-1}, c_{t-1}, E_t = k_t)    (7-12), k_t D added to the gates' sums (A2)

    variant `a`: at every step. `b`: attention and context at step N alone, before it a plain LSTM. Without
    attention_units k_t is the mean of the a_i at every step; without `context` there is none: the vanilla
    LSTM. dropout_context: share of k_t dropped before D, other units for every
    sample and step. learn_initial_state: h_0, c_0 are weights, 0 at first. Sub-layers, by whose names the
    weights go: lstm (its extra kernel is D), attention; and `initial_state` [2, U].
    """

    def __init__(
        self,
        units: int,
        *,
        context: bool,
        attention_units: int | None = None,
        variant: str = "a",
        dropout_context: float = 0.0,
        peephole: bool = False,
        unit_forget_bias: bool = False,
        learn_initial_state: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        if variant not in VARIANTS:
            raise ValueError(f"variant {variant!r}; wanted one of {', '.join(VARIANTS)}")
        self.units, self.variant, self.learns_start = units, variant, learn_initial_state
        self.attention_units, self.dropout_context = attention_units, dropout_context
        own: dict[str, Any] = {"dtype": self.dtype_policy}
        self.lstm = LSTM(
            units,
            extra=context,
            peephole=peephole,
            unit_forget_bias=unit_forget_bias,
            initializer=glorot_uniform,
            recurrent_initializer=orthogonal,
            name="lstm",
            **own,
        )
        self.attention = SoftAttention(attention_units, name="attention", **own) if attention_units else None
        self.drop_context = layers.Dropout(dropout_context if context else 0.0, name="drop_context")

    def build(self, inputs_shape: Mapping[str, Sequence[int | None]]) -> None:
        """inputs_shape: {"x": `[B, N, D]`, "attended": `[B, T, V]`}."""
        self.lstm.build(inputs_shape["x"], inputs_shape.get("attended"))
        if self.attention:
            self.attention.build(inputs_shape["attended"], (None, self.units))
        if self.learns_start:
            self.start = self.add_weight(shape=(2, self.units), initializer="zeros", name="initial_state")

    def call(self, inputs: Mapping[str, KerasTensor], training: bool | None = None) -> dict[str, KerasTensor]:
        """{"x": x [B, N, D], "attended": A [B, T, V]} -> {"h": h [B, N, U], "weights": w [B, N, T]}.

        In variant b the weights are [B, 1, T], of step N; without attention there are none. Without context
        nothing is attended.
        """
        x = self.lstm.project(inputs["x"])
        state = self._start_state(x)
        if "attended" not in inputs:
            h, _ = unroll(self._plain_step(), x, state)
            return {"h": h}
        if self.variant == "a":
            return self._with_context(inputs["attended"], x, state, training)
        before = []
        if x.shape[1] > 1:
            h, state = unroll(self._plain_step(), x[:, :-1], state)
            before.append(h)
        last = self._with_context(inputs["attended"], x[:, -1:], state, training)
        return {**last, "h": ops.concatenate([*before, last["h"]], axis=1)}

    def _plain_step(self) -> Any:
        lstm = self.lstm.stepper(projected=True, extra=False)

        def step(x: KerasTensor, state: tuple[KerasTensor, KerasTensor]) -> tuple[KerasTensor, Any]:
            h, c = lstm(x, *state)
            return h, (h, c)

        return step

    def _with_context(
        self, attended: KerasTensor, x: KerasTensor, state: tuple[KerasTensor, ...], training: bool | None
    ) -> dict[str, KerasTensor]:
        """Steps that k_t enters on projected x [B, n, 4U] -> {"h": [B, n, U], "weights": [B, n, T]}."""
        lstm, look = self.lstm.stepper(projected=True), self._look(attended)
        frames = {"x": x}
        if training and self.drop_context.rate:
            # What dropout makes of ones: the factors of k_t at all steps, in one draw.
            ones = ops.ones((ops.shape(x)[0], x.shape[1], attended.shape[-1]), self.compute_dtype)
            frames["factors"] = self.drop_context(ones, training=True)

        def step(
            frame: Mapping[str, KerasTensor], state: tuple[KerasTensor, ...]
        ) -> tuple[dict[str, KerasTensor], tuple[KerasTensor, ...]]:
            weights, k = look(state[0])
            h, c = lstm(frame["x"], *state, k * frame["factors"] if "factors" in frame else k)
            return {"h": h, **weights}, (h, c)

        outputs, _ = unroll(step, frames, state)
        return dict(outputs)

    def _look(self, attended: KerasTensor) -> Callable[[KerasTensor], tuple[dict[str, Any], KerasTensor]]:
        """h_{t-1} [B, U] -> {"weights": w_t [B, T]} and k_t [B, V]; of the mean no weights."""
        if self.attention is None:
            mean = ops.mean(attended, axis=1)
            return lambda h_prev: ({}, mean)
        attend, projected = self.attention.stepper(), self.attention.project(attended)

        def look(h_prev: KerasTensor) -> tuple[dict[str, Any], KerasTensor]:
            w, k = attend(h_prev, projected, attended)
            return {"weights": w}, k

        return look

    def _start_state(self, x: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
        zeros = ops.zeros((ops.shape(x)[0], self.units), self.compute_dtype)
        if not self.learns_start:
            return zeros, zeros
        start = ops.convert_to_tensor(self.start)
        return zeros + start[0], zeros + start[1]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "context": self.lstm.extra,
            "attention_units": self.attention_units,
            "variant": self.variant,
            "dropout_context": self.dropout_context,
            "peephole": self.lstm.peeps,
            "unit_forget_bias": self.lstm.unit_forget_bias,
            "learn_initial_state": self.learns_start,
        }


def build(
    *,
    steps: int,
    input_width: int,
    classes: int,
    attended_shape: tuple[int, int] | None = None,
    variant: str = "a",
    activation: str = "softmax",
    units: int = 512,
    attention_units: int | None = 512,
    dropout: float = 0.5,
    dropout_context: bool = True,
    dropout_fc_input: bool = False,
    peephole: bool = False,
    unit_forget_bias: bool = False,
    learn_initial_state: bool = False,
) -> keras.Model:
    """{"input": v [B, N, D], "attended": A [B, T, V]} -> {"frame": y [B, N, K], "weights": w [B, N, T]}.

    Both outputs are float32; in variant b their N is 1: y_N alone is scored. steps: N. input_width: D, also
    of the sigmoid layer. attended_shape: (T, V); without it the vanilla LSTM, which has no attended input and
    no weights. attention_units: None for the mean of the frames in the place of attention, without weights.
    activation: of y, `softmax` or, where a video has several classes, `sigmoid`. dropout: the share dropped
    of x_t, of h_t before the classifier, of k_t (`dropout_context`) and of v (`dropout_fc_input`), other
    units at every step. Layers with weights: sigmoid, decoder, scores. Raises ValueError for unknown names.
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation {activation!r}; wanted one of {', '.join(ACTIVATIONS)}")
    attends = attended_shape is not None and attention_units is not None
    if variant != "a" and not attends:
        raise ValueError(f"variant {variant!r} without attention; wanted attended_shape and attention_units")
    v = keras.Input((steps, input_width), name="input")
    attended = {"attended": keras.Input(attended_shape, name="attended")} if attended_shape else {}
    x = layers.Dropout(dropout if dropout_fc_input else 0.0, name="drop_input")(v)
    x = _each_step(layers.Dense(input_width, activation="sigmoid", name="sigmoid"), x)
    x = layers.Dropout(dropout, name="drop_x")(x)
    decoder = Decoder(
        units,
        context=bool(attended),
        attention_units=attention_units if attends else None,
        variant=variant,
        dropout_context=dropout if dropout_context else 0.0,
        peephole=peephole,
        unit_forget_bias=unit_forget_bias,
        learn_initial_state=learn_initial_state,
        name="decoder",
    )
    decoded = decoder({"x": x, **attended})
    h = layers.Dropout(dropout, name="drop_h")(decoded["h"][:, -1:] if variant == "b" else decoded["h"])
    scores = _each_step(layers.Dense(classes, name="scores"), h)
    outputs = {"frame": layers.Activation(activation, name="frame", dtype="float32")(scores)}
    if attends:
        outputs["weights"] = layers.Identity(name="weights", dtype="float32")(decoded["weights"])
    return keras.Model({"input": v, **attended}, outputs, name="alstm" if attends else "lstm")


def _each_step(layer: layers.Layer, x: KerasTensor) -> KerasTensor:
    """`layer` on [B, N, D] as one flat product: a batched one costs a gradient of the kernel per sample."""
    flat = layer(ops.reshape(x, (-1, x.shape[-1])))
    return ops.reshape(flat, (-1, *x.shape[1:-1], flat.shape[-1]))

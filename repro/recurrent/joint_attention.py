"""The stacked LSTM of paper 5 with one attention map over all branches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, ops

from repro.recurrent.attention import Attention
from repro.recurrent.initializers import Apart, glorot_uniform, orthogonal
from repro.recurrent.joint_lstm import JointLSTM
from repro.recurrent.lstm import LSTM, Regularizer, StartState
from repro.recurrent.pyramid import pyramid as look
from repro.recurrent.pyramid import regions
from repro.recurrent.saved_layer import SavedLayer
from repro.recurrent.unroll import unroll

ATTENTIONS = ("state", "content")
SOURCES = ("top", "first")
STARTS = ("mean_feature", "zeros")
State = list[tuple[KerasTensor, KerasTensor]]  # h, c of every layer, the first first
_LEAST_SQUARE = 1e-8  # so that the x^k of a frame of zeros stays zero


@keras.saving.register_keras_serializable(package="repro")
class JointAttentionLSTM(SavedLayer):
    """Layers l = 1..N stepped together, for the first looks where the top of the step before points.

        att_t = softmax(h^N_{t-1} W_att)                        over the L = h * w positions, for all branches
        att_t,i = softmax over i of W_z . tanh(X_t,i W_xa + h^N_{t-1} W_ha + b_a)      instead, with `content`
        x^k_t = pyramid(att_t, X^k_t)                           [B, 5 C]; without `pyramid` the sum [B, C]
        h^1_t = joint LSTM(x^1_t .. x^M_t, h^1_{t-1}, c^1_{t-1})
        h^l_t = LSTM(h^{l-1}_t, h^l_{t-1}, c^l_{t-1})           l = 2..N

    With one branch the first layer is an LSTM like the others (paper 5, C18); `fusion`, `input_projection`,
    `final_gate_bias` and `input_bias` are the joint layer's. attention: by the `state` as printed, or by the
    `content` too, X_t,i being all X^k_t,i side by side, as in Sharma et al.'s code (C24). unit_rms: x^k_t is
    divided by the root of the mean of its squares (C25). attention_source: the state in the first line is
    that of the `top` or of the `first` layer (C7). init_state: h^l_0 = tanh(mean U_h^l + u_h^l), c^l_0 alike,
    the mean that of all X^k side by side over frames and positions (`mean_feature`, C12), or `zeros`.

    Sub-layers, by whose names the weights go: joint or lstm_1, lstm_2, ..., start_1, start_2, ...; and
    `attention` W_att [U, L], or of that name an `Attention` as wide as X_t,i. Matrices Glorot uniform, those
    from h to h orthogonal, each by itself, biases 0. kernel_regularizer: of all matrices, of no bias.
    """

    def __init__(
        self,
        units: int,
        *,
        layers: int = 3,
        branches: int,
        fusion: str = "late",
        pyramid: bool = True,
        pyramid_split: str = "floor",
        pyramid_renormalise: bool = False,
        unit_rms: bool = False,
        attention: str = "state",
        attention_source: str = "top",
        init_state: str = "mean_feature",
        input_projection: int | None = None,
        final_gate_bias: bool = False,
        input_bias: float = 0.0,
        kernel_regularizer: Regularizer = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        _check(attention, attention_source, init_state)
        if branches == 1 and (input_projection or final_gate_bias or input_bias):
            raise ValueError("a setting of the joint LSTM with 1 branch; wanted 2 or more")
        self.units, self.pyramid, self.split = units, pyramid, pyramid_split
        self.renormalise, self.unit_rms = pyramid_renormalise, unit_rms
        self.looks_by, self.attention_source = attention, attention_source
        self.kernel_regularizer = kernel_regularizer
        joint: dict[str, Any] = {
            "fusion": fusion,
            "input_projection": input_projection,
            "final_gate_bias": final_gate_bias,
            "input_bias": input_bias,
        }
        self.arguments: dict[str, Any] = {
            "units": units,
            "layers": layers,
            "branches": branches,
            "pyramid": pyramid,
            "pyramid_split": pyramid_split,
            "pyramid_renormalise": pyramid_renormalise,
            "unit_rms": unit_rms,
            "attention": attention,
            "attention_source": attention_source,
            "init_state": init_state,
            **joint,
        }
        self.lstms = self._lstms(layers, branches, joint)
        of_start = {"initializer": Apart(2, glorot_uniform), **self._own}
        levels = range(1, layers + 1) if init_state == "mean_feature" else ()
        self.starts = [StartState(units, name=f"start_{level}", **of_start) for level in levels]

    @property
    def _own(self) -> dict[str, Any]:
        """What every sub-layer takes from this one."""
        return {"kernel_regularizer": self.kernel_regularizer, "dtype": self.dtype_policy}

    def _lstms(self, layers: int, branches: int, joint: dict[str, Any]) -> list[keras.layers.Layer]:
        """Layers 1..N; the first has a joint cell where there are branches to join."""
        gates: dict[str, Any] = {
            "initializer": Apart(4, glorot_uniform),
            "recurrent_initializer": Apart(4, orthogonal),
        }
        alone = range(1 if branches == 1 else 2, layers + 1)
        lstms: list[keras.layers.Layer] = [
            LSTM(self.units, name=f"lstm_{level}", **gates, **self._own) for level in alone
        ]
        if branches > 1:
            lstms.insert(0, JointLSTM(self.units, branches=branches, name="joint", **joint, **self._own))
        return lstms

    def build(self, maps_shape: Sequence[Sequence[int | None]]) -> None:
        """maps_shape: of the X^k, M times `[B, T, h, w, C]`."""
        _, _, height, width, _ = maps_shape[0]
        assert height is not None
        assert width is not None
        self.grid = (height, width)
        whole = np.ones((1, height * width), np.float32)
        self.masks = regions(height, width, self.split) if self.pyramid else whole
        channels = [shape[-1] or 0 for shape in maps_shape]
        xs_shape = [(None, len(self.masks) * c) for c in channels]
        for lstm in self.lstms:
            if isinstance(lstm, JointLSTM):
                lstm.build(xs_shape)
            else:
                lstm.build(xs_shape[0] if lstm is self.lstms[0] else (None, self.units))
        for start in self.starts:
            start.build((None, sum(channels)))
        if self.looks_by == "content":
            self.attention: Any = Attention(
                sum(channels),
                initializer=Apart(1, glorot_uniform),
                kernel_regularizer=self.kernel_regularizer,
                dtype=self.dtype_policy,
                name="attention",
            )
            self.attention.build((None, *self.grid, sum(channels)), (None, self.units))
        else:
            self.attention = self.add_weight(
                shape=(self.units, height * width),
                initializer="glorot_uniform",
                regularizer=self.kernel_regularizer,
                name="attention",
            )

    def call(self, maps: Sequence[KerasTensor]) -> dict[str, KerasTensor]:
        """X^1..X^M [B, T, h, w, C] -> {"h": h^N [B, T, U], "attention": att [B, T, h, w]}."""
        rows = [ops.reshape(x, (-1, x.shape[1], self.grid[0] * self.grid[1], x.shape[-1])) for x in maps]
        frames = {"maps": rows}
        if self.looks_by == "content":
            frames["projected"] = self._projected(maps)
        outputs, _ = unroll(self._stepper(), frames, self.start_state(maps))
        steps = rows[0].shape[1]
        return {"h": outputs["h"], "attention": ops.reshape(outputs["attention"], (-1, steps, *self.grid))}

    def _projected(self, maps: Sequence[KerasTensor]) -> KerasTensor:
        """X_t,i W_xa + b_a [B, T, h, w, A], the part that no state enters."""
        x = ops.concatenate(maps, axis=-1)
        projected = self.attention.project(ops.reshape(x, (-1, *x.shape[2:])))
        return ops.reshape(projected, (-1, x.shape[1], *projected.shape[1:]))

    def start_state(self, maps: Sequence[KerasTensor]) -> State:
        """h_0, c_0 [B, U] of every layer, the first first, from the inputs of `call`."""
        if not self.starts:
            zeros = ops.zeros((ops.shape(maps[0])[0], self.units), self.compute_dtype)
            return [(zeros, zeros) for _ in self.lstms]
        mean = ops.concatenate([ops.mean(x, axis=(1, 2, 3)) for x in maps], axis=-1)
        return [start(mean) for start in self.starts]

    def _stepper(self) -> Any:
        attend = self._attend()
        source = 0 if self.attention_source == "first" else -1
        first, *others = [
            lstm.stepper() if isinstance(lstm, JointLSTM) else lstm.stepper(projected=False)
            for lstm in self.lstms
        ]

        def step(frame: dict[str, Any], state: State) -> tuple[dict[str, KerasTensor], State]:
            att = attend(frame, state[source][0])
            xs = [look(att, x, self.masks, self.renormalise) for x in frame["maps"]]
            xs = [_of_unit_rms(x) for x in xs] if self.unit_rms else xs
            new = [first(xs if isinstance(self.lstms[0], JointLSTM) else xs[0], *state[0])]
            for lstm, states in zip(others, state[1:], strict=True):
                new.append(lstm(new[-1][0], *states))
            return {"h": new[-1][0], "attention": att}, new

        return step

    def _attend(self) -> Callable[[dict[str, Any], KerasTensor], KerasTensor]:
        """(a frame, h_{t-1} [B, U]) -> att_t [B, L], for the loop."""
        if self.looks_by == "content":
            score, places = self.attention.stepper(), self.grid[0] * self.grid[1]
            return lambda frame, h: ops.reshape(score(frame["projected"], h), (-1, places))
        kernel = ops.convert_to_tensor(self.attention)
        return lambda frame, h: ops.softmax(ops.matmul(h, kernel), axis=-1)

    def get_config(self) -> dict[str, Any]:
        regularizer = keras.saving.serialize_keras_object(self.kernel_regularizer)
        return {**super().get_config(), **self.arguments, "kernel_regularizer": regularizer}


def _check(attention: str, attention_source: str, init_state: str) -> None:
    for name, given, wanted in (
        ("attention", attention, ATTENTIONS),
        ("attention_source", attention_source, SOURCES),
        ("init_state", init_state, STARTS),
    ):
        if given not in wanted:
            raise ValueError(f"{name} {given!r}; wanted one of {', '.join(wanted)}")


def _of_unit_rms(x: KerasTensor) -> KerasTensor:
    """x / root of the mean of its squares, [B, D]."""
    return x / ops.sqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + _LEAST_SQUARE)

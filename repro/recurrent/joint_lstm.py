"""The joint LSTM of paper 5, which reads several branches at once; its section 3.3."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import KerasTensor, ops

from repro.recurrent.lstm import Regularizer
from repro.recurrent.saved_layer import SavedLayer

FUSIONS = ("late", "early")
Tensors = Sequence[KerasTensor]
JointStep = Callable[[Tensors, KerasTensor, KerasTensor], tuple[KerasTensor, KerasTensor]]


@keras.saving.register_keras_serializable(package="repro")
class JointLSTM(SavedLayer):
    """One step of an LSTM whose gates mix sub-gates of the branches k = 1..M; `*` is element-wise.

        i^k = tanh(x^k W_xi^k + h_{t-1} W_hi^k + b_i^k)         and so f^k, o^k
        i   = sigma(sum over k of i^k W_i^k)                    and so f, o, of f^k and o^k (paper 5, C9)
        g   = tanh(sum over k of x^k W_xc^k + h_{t-1} W_hc + b_c)            early fusion
        g   = tanh(sum over k of (x^k * i^k) W_xc^k + h_{t-1} W_hc + b_c)    late fusion
        c_t = f * c_{t-1} + i * g
        h_t = o * tanh(c_t)

    x^k [B, D], i^k of the same width (C10); f^k, o^k, c, h [B, U]. input_projection: x^k is first brought to
    that width by a matrix W_p^k without bias. final_gate_bias: biases b_i, b_f, b_o [U] in the second line,
    where the paper prints none (C23). input_bias: b_i^k at first; with 1, i^k starts near tanh(1) instead of
    near 0, and late fusion reads x^k at about the scale that early fusion does (C25).

    Weights: `named`, by the names above, the branch as in `W_xi_1`; matrices Glorot uniform, but orthogonal
    where h enters a square one, other biases 0. kernel_regularizer: of all matrices, of no bias. In the
    variables' names the layer's own stands first.
    """

    def __init__(
        self,
        units: int,
        *,
        branches: int,
        fusion: str = "late",
        input_projection: int | None = None,
        final_gate_bias: bool = False,
        input_bias: float = 0.0,
        kernel_regularizer: Regularizer = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        if fusion not in FUSIONS:
            raise ValueError(f"fusion {fusion!r}; wanted one of {', '.join(FUSIONS)}")
        if branches < 1:
            raise ValueError(f"{branches} branches; wanted 1 or more")
        self.units, self.branches, self.fusion = units, branches, fusion
        self.input_projection, self.final_gate_bias = input_projection, final_gate_bias
        self.input_bias = input_bias
        self.kernel_regularizer = kernel_regularizer
        self.named: dict[str, keras.Variable] = {}

    def build(self, xs_shape: Sequence[Sequence[int | None]]) -> None:
        """xs_shape: of the x^k, M times `[B, D]`. Raises ValueError for another number of branches."""
        if len(xs_shape) != self.branches:
            raise ValueError(f"{len(xs_shape)} branches; wanted {self.branches}")
        units = self.units
        self.widths = []
        for k, (*_, width) in enumerate(xs_shape, start=1):
            assert width is not None
            if self.input_projection:
                self._matrix(f"W_p_{k}", width, self.input_projection)
            d = self.input_projection or width
            self.widths.append(d)
            for gate, wide in zip("ifo", (d, units, units), strict=True):
                self._matrix(f"W_x{gate}_{k}", d, wide)
                self._matrix(f"W_h{gate}_{k}", units, wide, from_h=True)
                self._bias(f"b_{gate}_{k}", wide, self.input_bias if gate == "i" else 0.0)
            for gate, wide in zip("ifo", (d, units, units), strict=True):
                self._matrix(f"W_{gate}_{k}", wide, units)
            self._matrix(f"W_xc_{k}", d, units)
        self._matrix("W_hc", units, units, from_h=True)
        self._bias("b_c", units)
        for gate in "ifo" if self.final_gate_bias else "":
            self._bias(f"b_{gate}", units)

    def call(self, xs: Tensors, h_prev: KerasTensor, c_prev: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
        """x^1..x^M [B, D], h_{t-1}, c_{t-1} [B, U] -> h_t, c_t."""
        return self.stepper()(xs, h_prev, c_prev)

    def stepper(self) -> JointStep:
        """(x^1..x^M, h_{t-1}, c_{t-1}) -> (h_t, c_t), for a loop.

        What one tensor is multiplied by is joined here, once: a step is 5 + M products, not 11 M + 1.
        """
        w = {name: ops.convert_to_tensor(variable) for name, variable in self.named.items()}
        of_branch = range(1, self.branches + 1)
        sub_gates = [f"{gate}_{k}" for k in of_branch for gate in "ifo"]
        from_h = ops.concatenate([*(w[f"W_h{name}"] for name in sub_gates), w["W_hc"]], axis=1)
        biases = ops.concatenate([*(w[f"b_{name}"] for name in sub_gates), w["b_c"]], axis=0)
        from_x = [ops.concatenate([w[f"W_x{gate}_{k}"] for gate in "ifo"], axis=1) for k in of_branch]
        to_gate = {gate: ops.concatenate([w[f"W_{gate}_{k}"] for k in of_branch], axis=0) for gate in "ifo"}
        to_candidate = ops.concatenate([w[f"W_xc_{k}"] for k in of_branch], axis=0)
        ends = [sum(self.widths[:k]) + 2 * k * self.units for k in of_branch]

        def step(xs: Tensors, h_prev: KerasTensor, c_prev: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
            if self.input_projection:
                xs = [ops.matmul(x, w[f"W_p_{k}"]) for k, x in enumerate(xs, start=1)]
            *of_h, candidate = ops.split(ops.matmul(h_prev, from_h) + biases, ends, axis=-1)
            sub: dict[str, list[KerasTensor]] = {"i": [], "f": [], "o": []}
            for x, matrix, z, d in zip(xs, from_x, of_h, self.widths, strict=True):
                parts = ops.split(ops.tanh(ops.matmul(x, matrix) + z), [d, d + self.units], axis=-1)
                for gate, part in zip("ifo", parts, strict=True):
                    sub[gate].append(part)
            z_i, z_f, z_o = (ops.matmul(_joined(sub[gate]), to_gate[gate]) for gate in "ifo")
            if self.final_gate_bias:
                z_i, z_f, z_o = z_i + w["b_i"], z_f + w["b_f"], z_o + w["b_o"]
            read = [x * i for x, i in zip(xs, sub["i"], strict=True)] if self.fusion == "late" else xs
            g = ops.tanh(candidate + ops.matmul(_joined(read), to_candidate))
            c = ops.sigmoid(z_f) * c_prev + ops.sigmoid(z_i) * g
            return ops.sigmoid(z_o) * ops.tanh(c), c

        return step

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "branches": self.branches,
            "fusion": self.fusion,
            "input_projection": self.input_projection,
            "final_gate_bias": self.final_gate_bias,
            "input_bias": self.input_bias,
            "kernel_regularizer": keras.saving.serialize_keras_object(self.kernel_regularizer),
        }

    def _matrix(self, name: str, inputs: int, outputs: int, *, from_h: bool = False) -> None:
        square = from_h and inputs == outputs
        self.named[name] = self.add_weight(
            shape=(inputs, outputs),
            initializer="orthogonal" if square else "glorot_uniform",
            regularizer=self.kernel_regularizer,
            name=f"{self.name}_{name}",
        )

    def _bias(self, name: str, width: int, first: float = 0.0) -> None:
        self.named[name] = self.add_weight(
            shape=(width,), initializer=keras.initializers.Constant(first), name=f"{self.name}_{name}"
        )


def _joined(tensors: Tensors) -> KerasTensor:
    return tensors[0] if len(tensors) == 1 else ops.concatenate(tensors, axis=-1)

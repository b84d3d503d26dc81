"""Soft attention over a set of vectors, as paper 3's decoder looks at the frames of a window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import KerasTensor, ops

from repro.recurrent.lstm import product

Attend = Callable[[KerasTensor, KerasTensor, KerasTensor], tuple[KerasTensor, KerasTensor]]


@keras.saving.register_keras_serializable(package="repro")
class SoftAttention(keras.layers.Layer):
    """Which of the vectors a_1..a_T matter, given the state h; paper 3, Eqs. 3-5.

        P     = A W_a + b_a                       once a window
        m_t,i = v . tanh(h_{t-1} W_h + P_i)       (3), the reading of paper 3, A1
        w_t   = softmax of m_t over i = 1..T      (4)
        k_t   = sum over i of w_t,i a_i           (5), of the vectors themselves, not of P

    A [B, T, V], h [B, U]; the order of the T vectors plays no part. Weights: `kernel` W_a [V, M], `bias` b_a
    [M], 0 at first, `recurrent_kernel` W_h [U, M], `score` v [M, 1]; matrices Glorot uniform. W_h has no
    bias, for b_a is one, and v has none, for it would cancel in (4). In the weights' names the layer's own
    stands first. units: M.
    """

    def __init__(self, units: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.units = units

    def build(self, attended_shape: Sequence[int | None], h_prev_shape: Sequence[int | None]) -> None:
        """attended_shape `[B, T, V]`, h_prev_shape `[B, U]`."""
        self.kernel = self._matrix("kernel", attended_shape[-1], self.units)
        self.recurrent_kernel = self._matrix("recurrent_kernel", h_prev_shape[-1], self.units)
        self.score = self._matrix("score", self.units, 1)
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name=f"{self.name}_bias")

    def call(self, attended: KerasTensor, h_prev: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
        """A [B, T, V], h_{t-1} [B, U] -> w_t [B, T], k_t [B, V]."""
        return self.stepper()(h_prev, self.project(attended), attended)

    def project(self, attended: KerasTensor) -> KerasTensor:
        """A [B, T, V] -> P [B, T, M], the part that no state enters."""
        return product(attended, self.kernel) + self.bias

    def stepper(self) -> Attend:
        """(h_{t-1} [B, U], P [B, T, M], A [B, T, V]) -> (w_t [B, T], k_t [B, V]), for a loop."""
        recurrent_kernel, score = (ops.convert_to_tensor(w) for w in (self.recurrent_kernel, self.score))

        def step(
            h_prev: KerasTensor, projected: KerasTensor, attended: KerasTensor
        ) -> tuple[KerasTensor, KerasTensor]:
            matching = ops.tanh(product(h_prev, recurrent_kernel)[:, None, :] + projected)
            w = ops.softmax(product(matching, score)[..., 0], axis=-1)
            return w, ops.einsum("bt,btv->bv", w, attended)

        return step

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}

    def _matrix(self, name: str, inputs: int | None, outputs: int) -> keras.Variable:
        return self.add_weight(
            shape=(inputs, outputs), initializer="glorot_uniform", name=f"{self.name}_{name}"
        )

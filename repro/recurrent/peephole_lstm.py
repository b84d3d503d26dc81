"""The LSTM with peepholes that paper 1 prints (Eqs. 1-5); Keras' own LSTM has none."""

from __future__ import annotations

from typing import Any

import keras
from keras import KerasTensor, ops

from repro.recurrent.initializers import forget_one


@keras.saving.register_keras_serializable(package="repro")
class PeepholeLSTMCell(keras.layers.Layer):
    """One step of an LSTM whose gates also see the memory cell.

        i_t = sigma(W_i x_t + U_i h_{t-1} + V_i * c_{t-1} + b_i)        (1)
        f_t = sigma(W_f x_t + U_f h_{t-1} + V_f * c_{t-1} + b_f)        (2)
        c_t = f_t * c_{t-1} + i_t * tanh(W_c x_t + U_c h_{t-1} + b_c)   (3)
        o_t = sigma(W_o x_t + U_o h_{t-1} + V_o * c_t + b_o)            (4)   the new c_t
        h_t = o_t * tanh(c_t)                                           (5)

    `*` is element-wise; V is diagonal, one weight per unit, or with `full` a matrix in V c (A1). Weights,
    gates in the order i, f, c, o: kernel W [D, 4H], recurrent_kernel U [H, 4H], bias b [4H] (forget part 1
    at first), peephole V [3, H] or [3, H, H] for i, f, o. Wrapped in `keras.layers.RNN`; V = 0 makes it
    `keras.layers.LSTM`.
    """

    def __init__(self, units: int, full: bool = False, **settings: object) -> None:
        super().__init__(**settings)
        self.units = units
        self.full = full
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        width, units = input_shape[-1], self.units
        self.kernel = self.add_weight(shape=(width, 4 * units), initializer="glorot_uniform", name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(units, 4 * units), initializer="orthogonal", name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(4 * units,), initializer=forget_one, name="bias")
        shape = (3, units, units) if self.full else (3, units)
        self.peephole = self.add_weight(shape=shape, initializer="zeros", name="peephole")

    def call(
        self, x: KerasTensor, states: list[KerasTensor], training: bool | None = None
    ) -> tuple[KerasTensor, list[KerasTensor]]:
        """x [B, D], states [h_{t-1}, c_{t-1}] of [B, H] each -> h_t [B, H], [h_t, c_t]."""
        h_prev, c_prev = states
        z = ops.matmul(x, self.kernel) + ops.matmul(h_prev, self.recurrent_kernel) + self.bias
        z_i, z_f, z_c, z_o = ops.split(z, 4, axis=-1)
        i = ops.sigmoid(z_i + self._peep(0, c_prev))
        f = ops.sigmoid(z_f + self._peep(1, c_prev))
        c = f * c_prev + i * ops.tanh(z_c)
        o = ops.sigmoid(z_o + self._peep(2, c))
        h = o * ops.tanh(c)
        return h, [h, c]

    def _peep(self, gate: int, c: KerasTensor) -> KerasTensor:
        v = self.peephole[gate]
        return ops.matmul(c, v) if self.full else v * c

    def get_initial_state(self, batch_size: int | None = None) -> list[KerasTensor]:
        """h_0 = c_0 = 0."""
        return [ops.zeros((batch_size, self.units), dtype=self.compute_dtype) for _ in range(2)]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "full": self.full}

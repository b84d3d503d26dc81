"""`keras.layers.LSTM` on whole sequences, with one product for all frames where Keras takes one a frame.

    z_t = x_t W + b + h_{t-1} U          the inputs' share, X W + b, for all frames at once
    i, f, o = sigmoid(z), g = tanh(z)    the gates in Keras' order i, f, g, o
    c_t = f c_{t-1} + i g,  h_t = o tanh(c_t)

Going back, only dh_{t-1} = dz_t U^T has to be done frame by frame; the gradient of U is one product of all
h_{t-1} and all dz_t after the loop, while automatic differentiation adds a matrix of its size at every frame.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import KerasTensor, layers, ops


@keras.saving.register_keras_serializable(package="repro")
class SequenceLSTM(layers.LSTM):
    """The same layer: weights, names, cell and numbers (up to the order of sums). [B, T, D] -> h [B, T, U].

    It starts at zero, returns all h and takes no mask. Its cell is called as it is, with `_cell` behind: two
    cells can stand in one network. On a GPU, and on other engines, Keras' own way is
    taken: there the loop is the maker's.
    Raises ValueError for settings of `keras.layers.LSTM` that it does not have.
    """

    def __init__(self, units: int, **settings: Any) -> None:
        super().__init__(units, **{**settings, "return_sequences": True})
        self.cell.name = f"{self.name}_cell"
        other = [name for name in ("stateful", "go_backwards", "return_state") if getattr(self, name)]
        if other or self.dropout or self.recurrent_dropout or not self.use_bias:
            raise ValueError(f"a sequence LSTM with {', '.join(other) or 'dropout or without bias'}")

    def call(
        self,
        sequences: KerasTensor,
        initial_state: Any = None,
        mask: KerasTensor | None = None,
        training: bool = False,
    ) -> KerasTensor:
        if initial_state is not None or mask is not None:
            raise ValueError("a sequence LSTM starts at zero and takes no mask")
        if keras.config.backend() != "tensorflow" or keras.distribution.list_devices("gpu"):
            return super().call(sequences, training=training)
        cell, (_, steps, width) = self.cell, sequences.shape
        frames_first = ops.reshape(ops.swapaxes(sequences, 0, 1), (-1, width))
        projected = ops.reshape(
            ops.matmul(frames_first, cell.kernel) + cell.bias, (steps, -1, 4 * self.units)
        )
        # Read here: of a variable that is read inside, TensorFlow would want the gradient by itself.
        kernel = ops.reshape(cell.recurrent_kernel, (self.units, 4 * self.units))
        h: KerasTensor = ops.swapaxes(recurrence(projected, kernel), 0, 1)
        return h


@ops.custom_gradient
def recurrence(projected: KerasTensor, kernel: KerasTensor) -> tuple[KerasTensor, Any]:
    """X W + b [T, B, 4U] and U [U, 4U] -> h [T, B, U], and what takes a gradient of h back to both."""
    start = ops.zeros_like(projected[0, :, : kernel.shape[0]])

    def step(state: tuple[KerasTensor, KerasTensor], z: KerasTensor) -> tuple[Any, Any]:
        i, f, g, o = _gates(z + ops.matmul(state[0], kernel))
        c = f * state[1] + i * g
        h = o * ops.tanh(c)
        return (h, c), (h, c)

    _, (h, c) = ops.scan(step, (start, start), projected)

    def gradient(*args: KerasTensor, upstream: KerasTensor | None = None) -> tuple[KerasTensor, KerasTensor]:
        h_prev, c_prev = (ops.concatenate([start[None], each[:-1]], axis=0) for each in (h, c))
        i, f, g, o = _gates(projected + ops.matmul(h_prev, kernel))
        tanh_c = ops.tanh(c)
        # dz = [dc, dc, dc, dh] times these, and dh reaches dc through o tanh(c)
        of_dc = ops.concatenate([g * i * (1 - i), c_prev * f * (1 - f), i * (1 - g * g)], axis=-1)
        of_dh, through = tanh_c * o * (1 - o), o * (1 - tanh_c * tanh_c)
        back = ops.transpose(kernel)

        def dz(dh: KerasTensor, dc: KerasTensor, of_dc: KerasTensor, of_dh: KerasTensor) -> KerasTensor:
            return ops.concatenate([ops.concatenate([dc, dc, dc], axis=-1) * of_dc, dh * of_dh], axis=-1)

        def step_back(
            state: tuple[KerasTensor, KerasTensor], now: tuple[KerasTensor, ...]
        ) -> tuple[Any, Any]:
            dh_t, of_dc_t, of_dh_t, through_t, f_t = now
            dh = state[0] + dh_t
            dc = state[1] + dh * through_t
            return (ops.matmul(dz(dh, dc, of_dc_t, of_dh_t), back), dc * f_t), (dh, dc)

        dh_of = args[0] if upstream is None else upstream
        _, (dh, dc) = ops.scan(step_back, (start, start), (dh_of, of_dc, of_dh, through, f), reverse=True)
        of_projected = dz(dh, dc, of_dc, of_dh)
        flat = [ops.reshape(rows, (-1, rows.shape[-1])) for rows in (h_prev, of_projected)]
        return of_projected, ops.matmul(ops.transpose(flat[0]), flat[1])

    return h, gradient


def _gates(z: KerasTensor) -> list[KerasTensor]:
    i, f, g, o = ops.split(z, 4, axis=-1)
    return [ops.sigmoid(i), ops.sigmoid(f), ops.tanh(g), ops.sigmoid(o)]

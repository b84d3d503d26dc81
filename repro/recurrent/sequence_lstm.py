"""`keras.layers.LSTM` on whole sequences, with one product for all frames where Keras takes one a frame.

    Z = X W + b                          the inputs' share of the gates, for all frames at once
    z_t = Z_t + h_{t-1} U
    i, f, o = sigmoid(z), g = tanh(z)    the gates in Keras' order i, f, g, o
    c_t = f c_{t-1} + i g,  h_t = o tanh(c_t)

Backwards only dh_{t-1} = dz_t U^T has to be done frame by frame; the gradient of U is one product of all
h_{t-1} and all dz_t after the loop, while automatic differentiation adds a matrix of its size at every frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import KerasTensor, layers, ops

# Turns of a loop that XLA compiles as one: what begins and ends a turn is paid once for all of them.
TURNS_AT_ONCE = 5
Pair = tuple[KerasTensor, KerasTensor]


@keras.saving.register_keras_serializable(package="repro")
class SequenceLSTM(layers.LSTM):
    """The same layer: weights, names, cell and numbers (up to the order of sums). [B, T, D] -> h [B, T, U].

    It takes one sequence, or a list of several that stand side by side, [B, T, D_1], [B, T, D_2], ... for D =
    D_1 + D_2 + ...: one of them that needs no gradient then costs none.

    It starts at zero, returns all h and takes no mask. Its cell is called as it is, with `_cell` behind: two
    cells can stand in one network. On a GPU under TensorFlow and PyTorch, Keras' own way is taken: there the
    loop is the maker's.
    Raises ValueError for settings of `keras.layers.LSTM` that it does not have.
    """

    def __init__(self, units: int, **settings: Any) -> None:
        super().__init__(units, **{**settings, "return_sequences": True})
        self.cell.name = f"{self.name}_cell"
        self.input_spec = None  # Keras' own allows no list
        other = [name for name in ("stateful", "go_backwards", "return_state") if getattr(self, name)]
        if other or self.dropout or self.recurrent_dropout or not self.use_bias:
            raise ValueError(f"a sequence LSTM with {', '.join(other) or 'dropout or without bias'}")

    def build(self, sequences_shape: Any) -> None:
        """sequences_shape: `[B, T, D]`, or a list of several."""
        shapes = sequences_shape if isinstance(sequences_shape[0], Sequence) else [sequences_shape]
        super().build((*shapes[0][:2], sum(shape[-1] for shape in shapes)))

    def compute_output_spec(self, sequences: Any, *others: Any, **settings: Any) -> KerasTensor:
        first = sequences[0] if isinstance(sequences, (list, tuple)) else sequences
        return KerasTensor((*first.shape[:2], self.units), self.compute_dtype)

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> KerasTensor:
        if initial_state is not None or any(each is not None for each in keras.tree.flatten(mask)):
            raise ValueError("a sequence LSTM starts at zero and takes no mask")
        parts = list(sequences) if isinstance(sequences, (list, tuple)) else [sequences]
        if _has_makers_loop(parts[0]):
            return super().call(ops.concatenate(parts, axis=-1), training=training)
        # Read here: of a variable that is read inside, TensorFlow would want the gradient by itself.
        kernel = ops.reshape(self.cell.recurrent_kernel, (self.units, 4 * self.units))
        return ops.transpose(recurrence(self._projected(parts), kernel), (2, 0, 1))

    def _projected(self, parts: list[KerasTensor]) -> KerasTensor:
        """Z [T, 4U, B]: what the loop reads and splits at a turn lies together."""
        # T is a number where it is known; a graph for sequences of any length has a tensor in its place.
        steps, widths = ops.shape(parts[0])[1], [part.shape[-1] for part in parts]
        ends = [sum(widths[:count]) for count in range(1, len(widths))]
        kernel = self.cell.kernel
        total = ops.convert_to_tensor(self.cell.bias)
        for part, own in zip(parts, ops.split(kernel, ends) if ends else [kernel], strict=True):
            frames_first = ops.reshape(ops.swapaxes(part, 0, 1), (-1, part.shape[-1]))
            total = ops.matmul(frames_first, own) + total
        return ops.swapaxes(ops.reshape(total, (steps, -1, 4 * self.units)), 1, 2)


def _has_makers_loop(x: KerasTensor) -> bool:
    """Whether Keras hands x to cuDNN; JAX's knows float32 alone."""
    if keras.config.backend() == "torch":
        return bool(x.device.type == "cuda")
    return keras.config.backend() == "tensorflow" and bool(keras.distribution.list_devices("gpu"))


@ops.custom_gradient
def recurrence(projected: KerasTensor, kernel: KerasTensor) -> tuple[KerasTensor, Any]:
    """Z [T, 4U, B] and U [U, 4U] -> h [T, U, B], and what takes a gradient of h back to both."""
    units = kernel.shape[0]
    start = ops.zeros_like(projected[0, :units])
    h, c, gates = _forwards(projected, ops.transpose(kernel), start)

    def gradient(*args: KerasTensor, upstream: KerasTensor | None = None) -> Pair:
        h_prev, c_prev = (ops.concatenate([start[None], each[:-1]], axis=0) for each in (h, c))
        i, f, g, o = ops.split(gates, 4, axis=1)
        tanh_c = ops.tanh(c)
        # dz = [dc, dc, dc, dh] times these, and dh reaches dc through o tanh(c)
        of_dc = ops.concatenate([g * i * (1 - i), c_prev * f * (1 - f), i * (1 - g * g)], axis=1)
        of_dh, through = tanh_c * o * (1 - o), o * (1 - tanh_c * tanh_c)

        def dz(dh: KerasTensor, dc: KerasTensor, of_dc: KerasTensor, of_dh: KerasTensor) -> KerasTensor:
            return ops.concatenate([ops.concatenate([dc, dc, dc], axis=-2) * of_dc, dh * of_dh], axis=-2)

        def step_back(state: Pair, now: tuple[KerasTensor, ...]) -> tuple[Pair, Pair]:
            dh_t, of_dc_t, of_dh_t, through_t, f_t = now
            dh = state[0] + dh_t
            dc = state[1] + dh * through_t
            return (ops.matmul(kernel, dz(dh, dc, of_dc_t, of_dh_t)), dc * f_t), (dh, dc)

        frames = (args[0] if upstream is None else upstream, of_dc, of_dh, through, f)
        _, (dh, dc) = ops.scan(step_back, (start, start), frames, reverse=True, unroll=TURNS_AT_ONCE)
        of_projected = dz(dh, dc, of_dc, of_dh)
        rows = [ops.reshape(ops.swapaxes(each, 1, 2), (-1, each.shape[1])) for each in (h_prev, of_projected)]
        return of_projected, ops.matmul(ops.transpose(rows[0]), rows[1])

    return h, gradient


def _forwards(
    projected: KerasTensor, back: KerasTensor, start: KerasTensor
) -> tuple[KerasTensor, KerasTensor, KerasTensor]:
    """Z [T, 4U, B], U^T [4U, U] and zeros [U, B] -> h, c [T, U, B] and the gates i, f, g, o [T, 4U, B]."""

    def step(state: Pair, z: KerasTensor) -> tuple[Pair, tuple[KerasTensor, ...]]:
        i, f, g, o = ops.split(z + ops.matmul(back, state[0]), 4, axis=0)
        i, f, g, o = ops.sigmoid(i), ops.sigmoid(f), ops.tanh(g), ops.sigmoid(o)
        c = f * state[1] + i * g
        h = o * ops.tanh(c)
        return (h, c), (h, c, i, f, g, o)

    def together(state: KerasTensor, z: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
        units = start.shape[0]
        everything = ops.concatenate(step((state[:units], state[units : 2 * units]), z)[1], axis=0)
        return everything, everything

    if keras.config.backend() != "tensorflow":
        _, (h, c, *gates) = ops.scan(step, (start, start), projected, unroll=TURNS_AT_ONCE)
        return h, c, ops.concatenate(gates, axis=1)
    # There (3.15) a turn gives as many tensors as it hands on, of the same shapes: one of all.
    first = ops.concatenate([start] * 6, axis=0)
    _, everything = ops.scan(together, first, projected, unroll=TURNS_AT_ONCE)
    h, c, gates = ops.split(everything, [start.shape[0], 2 * start.shape[0]], axis=1)
    return h, c, gates

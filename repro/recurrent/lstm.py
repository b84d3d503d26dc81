"""The LSTM of paper 4 on vectors and on maps: on maps every matrix product is a convolution."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import KerasTensor, ops

Draw = Callable[[int], keras.initializers.Initializer]  # n, the fan that counts -> the kernel's first values
Step = Callable[..., tuple[KerasTensor, KerasTensor]]


def uniform(n: int) -> keras.initializers.Initializer:
    """Uniform in +-1/sqrt(n)."""
    return keras.initializers.RandomUniform(-1 / math.sqrt(n), 1 / math.sqrt(n))


def product(x: KerasTensor, kernel: KerasTensor) -> KerasTensor:
    """x W: x [..., D], kernel [D, N] -> [..., N]. x * W: x [B, h, w, D], kernel [k, k, D, N] -> [B, h, w, N].

    `*` is cross-correlation, stride 1, borders padded with zeros so that the grid stays.
    """
    if len(kernel.shape) == 4:
        return ops.conv(x, kernel, padding="same", data_format="channels_last")
    # One flat product: TensorFlow's batched one would hold a gradient of the kernel for every sample.
    flat = ops.matmul(ops.reshape(x, (-1, x.shape[-1])), kernel)
    return ops.reshape(flat, (-1, *x.shape[1:-1], kernel.shape[-1]))


class LSTM(keras.layers.Layer):
    """One step of an LSTM without peepholes, on vectors or (with `kernel_size`) on maps; paper 4 Eqs. 1-6.

        I_t = sigma(W_xi * X_t + W_hi * H_{t-1} + W_ei * E_t + b_i)     (1), with E (10)
        F_t = sigma(W_xf * X_t + W_hf * H_{t-1} + W_ef * E_t + b_f)     (2), (11)
        O_t = sigma(W_xo * X_t + W_ho * H_{t-1} + W_eo * E_t + b_o)     (3), (12)
        G_t = tanh (W_xc * X_t + W_hc * H_{t-1} + W_ec * E_t + b_c)     (4), (13)
        C_t = F_t . C_{t-1} + I_t . G_t                                 (5), (14)
        H_t = O_t . tanh(C_t)                                           (6), (15)

    X [B, D], H, C, E [B, U]; with `kernel_size` k they are maps [B, h, w, D] and [B, h, w, U], `*` is
    `product`. E is the state of another layer, there only with `extra`. Weights, in the last axis the gates
    i, f, c, o side by side as in Keras: `kernel` W_x [D, 4U], `recurrent_kernel` W_h [U, 4U], `extra_kernel`
    W_e [U, 4U], each with [k, k] in front on maps, and `bias` b [4U], 0 at first, the forget gate's too.
    In the weights' names the layer's own stands first: a network of two layers keeps them apart.
    """

    def __init__(
        self,
        units: int,
        *,
        kernel_size: int | None = None,
        extra: bool = False,
        draw: Draw = uniform,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.units, self.kernel_size, self.extra, self.draw = units, kernel_size, extra, draw

    def build(self, x_shape: Sequence[int | None]) -> None:
        """x_shape: of X_t, `[..., D]`."""
        inputs = x_shape[-1]
        assert inputs is not None
        self.kernel = kernel_weight(self, "kernel", inputs, 4 * self.units)
        self.recurrent_kernel = kernel_weight(self, "recurrent_kernel", self.units, 4 * self.units)
        if self.extra:
            self.extra_kernel = kernel_weight(self, "extra_kernel", self.units, 4 * self.units)
        self.bias = self.add_weight(shape=(4 * self.units,), initializer="zeros", name=f"{self.name}_bias")

    def call(
        self, x: KerasTensor, h_prev: KerasTensor, c_prev: KerasTensor, e: KerasTensor | None = None
    ) -> tuple[KerasTensor, KerasTensor]:
        """X_t, H_{t-1}, C_{t-1} (and E_t) -> H_t, C_t."""
        states = (h_prev, c_prev) if e is None else (h_prev, c_prev, e)
        return self.stepper(projected=False)(x, *states)

    def project(self, x: KerasTensor) -> KerasTensor:
        """W_x * X + b, the part that no state enters: once for all frames, time folded into the batch."""
        return product(x, self.kernel) + self.bias

    def stepper(self, *, projected: bool) -> Step:
        """(X_t, H_{t-1}, C_{t-1}[, E_t]) -> (H_t, C_t), for a loop; `projected`: with `project(X)_t` for X_t.

        The kernels of what enters at every step are joined here, once, into one product per step.
        """
        kernels = [] if projected else [self.kernel]
        kernels += [self.recurrent_kernel, self.extra_kernel] if self.extra else [self.recurrent_kernel]
        joined = _side_by_side(kernels, axis=-2)
        bias = ops.convert_to_tensor(self.bias)

        def step(
            x: KerasTensor, h_prev: KerasTensor, c_prev: KerasTensor, *e: KerasTensor
        ) -> tuple[KerasTensor, KerasTensor]:
            if projected:
                return gates(x + product(_side_by_side([h_prev, *e]), joined), c_prev)
            return gates(product(_side_by_side([x, h_prev, *e]), joined) + bias, c_prev)

        return step


def gates(z: KerasTensor, c_prev: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
    """The gates' sums z [..., 4U] (i, f, c, o) and C_{t-1} [..., U] -> H_t, C_t; Eqs. 5, 6."""
    z_i, z_f, z_c, z_o = ops.split(z, 4, axis=-1)
    c = ops.sigmoid(z_f) * c_prev + ops.sigmoid(z_i) * ops.tanh(z_c)
    return ops.sigmoid(z_o) * ops.tanh(c), c


class StartState(keras.layers.Layer):
    """H_0 = tanh(W_h0 * X + b_h0), C_0 = tanh(W_c0 * X + b_c0), X a mean of the frames; paper 4, section 3.4.

    X [B, D] or [B, h, w, D]. Weights: `kernel` [D, 2U] or [k, k, D, 2U] and `bias` [2U], H_0 before C_0.
    """

    def __init__(
        self, units: int, *, kernel_size: int | None = None, draw: Draw = uniform, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self.units, self.kernel_size, self.draw = units, kernel_size, draw

    def build(self, x_shape: Sequence[int | None]) -> None:
        """x_shape: of X, `[..., D]`."""
        inputs = x_shape[-1]
        assert inputs is not None
        self.kernel = kernel_weight(self, "kernel", inputs, 2 * self.units)
        self.bias = self.add_weight(shape=(2 * self.units,), initializer="zeros", name=f"{self.name}_bias")

    def call(self, x: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
        """X -> H_0, C_0 [B, U] or [B, h, w, U]."""
        h, c = ops.split(ops.tanh(product(x, self.kernel) + self.bias), 2, axis=-1)
        return h, c


def kernel_weight(layer: LSTM | StartState, name: str, inputs: int, outputs: int) -> keras.Variable:
    """A kernel [inputs, outputs] or [k, k, inputs, outputs]; on maps the draw's n is the input channels.

    The area k x k does not count in n, and on vectors n is the width of one gate or state.
    """
    area = () if layer.kernel_size is None else (layer.kernel_size, layer.kernel_size)
    draw = layer.draw(inputs if area else layer.units)
    return layer.add_weight(shape=(*area, inputs, outputs), initializer=draw, name=f"{layer.name}_{name}")


def _side_by_side(tensors: Sequence[KerasTensor], axis: int = -1) -> KerasTensor:
    if len(tensors) == 1:
        return ops.convert_to_tensor(tensors[0])
    return ops.concatenate(tensors, axis=axis)

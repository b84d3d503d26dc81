"""The LSTM of papers 3, 4 and 5 on vectors and on maps: on maps every matrix product is a convolution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import keras
from keras import KerasTensor, ops

from repro.recurrent.initializers import FanInitializer, forget_one, uniform
from repro.recurrent.saved_layer import SavedLayer

Step = Callable[..., tuple[KerasTensor, KerasTensor]]
Regularizer: TypeAlias = keras.regularizers.Regularizer | None


def product(x: KerasTensor, kernel: KerasTensor) -> KerasTensor:
    """x W: x [..., D], kernel [D, N] -> [..., N]. x * W: x [B, h, w, D], kernel [k, k, D, N] -> [B, h, w, N].

    `*` is cross-correlation, stride 1, borders padded with zeros so that the grid stays.
    """
    if len(kernel.shape) == 4:
        return ops.conv(x, kernel, padding="same", data_format="channels_last")
    # One flat product: TensorFlow's batched one would hold a gradient of the kernel for every sample.
    flat = ops.matmul(ops.reshape(x, (-1, x.shape[-1])), kernel)
    return ops.reshape(flat, (-1, *x.shape[1:-1], kernel.shape[-1]))


@keras.saving.register_keras_serializable(package="repro")
class LSTM(SavedLayer):
    """One step of an LSTM, on vectors or (with `kernel_size`) on maps; paper 4 Eqs. 1-6, paper 3 Eqs. 7-12.

        I_t = sigma(W_xi * X_t + W_hi * H_{t-1} + W_ei * E_t + b_i)     (1), with E (10)
        F_t = sigma(W_xf * X_t + W_hf * H_{t-1} + W_ef * E_t + b_f)     (2), (11)
        O_t = sigma(W_xo * X_t + W_ho * H_{t-1} + W_eo * E_t + b_o)     (3), (12)
        G_t = tanh (W_xc * X_t + W_hc * H_{t-1} + W_ec * E_t + b_c)     (4), (13)
        C_t = F_t . C_{t-1} + I_t . G_t                                 (5), (14)
        H_t = O_t . tanh(C_t)                                           (6), (15)

    X [B, D], H, C, E [B, U]; with `kernel_size` k they are maps [B, h, w, D] and [B, h, w, U], `*` is
    `product`. E is there only with `extra`: the state of another layer, or paper 3's context [B, V]. Weights,
    in the last axis the gates i, f, c, o side by side as in Keras: `kernel` W_x [D, 4U], `recurrent_kernel`
    W_h [U, 4U], `extra_kernel` W_e [V, 4U], each with [k, k] in front on maps, and `bias` b [4U], 0 at first,
    the forget gate's too unless `unit_forget_bias` makes it 1. With `peephole` P [3, U], 0 at first, P_i .
    C_{t-1} and P_f . C_{t-1} are added in 1 and 2, P_o . C_t in 3. initializer: of all kernels;
    recurrent_initializer: of W_h where it differs. kernel_regularizer: of all kernels. In the weights' names
    the layer's own stands first: a network of two layers keeps them apart.
    """

    def __init__(
        self,
        units: int,
        *,
        kernel_size: int | None = None,
        extra: bool = False,
        peephole: bool = False,
        unit_forget_bias: bool = False,
        initializer: FanInitializer = uniform,
        recurrent_initializer: FanInitializer | None = None,
        kernel_regularizer: Regularizer = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.units, self.kernel_size, self.extra, self.initializer = units, kernel_size, extra, initializer
        self.kernel_regularizer = kernel_regularizer
        self.recurrent_initializer, self.unit_forget_bias = (
            recurrent_initializer or initializer,
            unit_forget_bias,
        )
        self.peephole: keras.Variable | None = None
        self.peeps = peephole

    def build(self, x_shape: Sequence[int | None], e_shape: Sequence[int | None] | None = None) -> None:
        """x_shape: of X_t, `[..., D]`. e_shape: of E_t, `[..., V]`; without it V = U."""
        inputs, width = x_shape[-1], e_shape[-1] if e_shape else self.units
        assert inputs is not None
        assert width is not None
        gates_wide = 4 * self.units
        self.kernel = kernel_weight(self, "kernel", inputs, gates_wide)
        self.recurrent_kernel = kernel_weight(
            self, "recurrent_kernel", self.units, gates_wide, self.recurrent_initializer
        )
        if self.extra:
            self.extra_kernel = kernel_weight(self, "extra_kernel", width, gates_wide)
        first = forget_one if self.unit_forget_bias else "zeros"
        self.bias = self.add_weight(shape=(gates_wide,), initializer=first, name=f"{self.name}_bias")
        if self.peeps:
            self.peephole = self.add_weight(
                shape=(3, self.units), initializer="zeros", name=f"{self.name}_peephole"
            )

    def call(
        self, x: KerasTensor, h_prev: KerasTensor, c_prev: KerasTensor, e: KerasTensor | None = None
    ) -> tuple[KerasTensor, KerasTensor]:
        """X_t, H_{t-1}, C_{t-1} (and E_t) -> H_t, C_t."""
        states = (h_prev, c_prev) if e is None else (h_prev, c_prev, e)
        return self.stepper(projected=False, extra=e is not None)(x, *states)

    def project(self, x: KerasTensor) -> KerasTensor:
        """W_x * X + b, the part that no state enters: once for all frames, time folded into the batch."""
        return product(x, self.kernel) + self.bias

    def stepper(self, *, projected: bool, extra: bool | None = None) -> Step:
        """(X_t, H_{t-1}, C_{t-1}[, E_t]) -> (H_t, C_t), for a loop; `projected`: with `project(X)_t` for X_t.

        extra: whether E enters these steps; without a word, wherever there is one. The kernels of what enters
        at every step are joined here, once, into one product per step.
        """
        kernels = [] if projected else [self.kernel]
        kernels += [self.recurrent_kernel]
        kernels += [self.extra_kernel] if (self.extra if extra is None else extra) else []
        joined = _side_by_side(kernels, axis=-2)
        bias = ops.convert_to_tensor(self.bias)
        peephole = None if self.peephole is None else ops.convert_to_tensor(self.peephole)

        def step(
            x: KerasTensor, h_prev: KerasTensor, c_prev: KerasTensor, *e: KerasTensor
        ) -> tuple[KerasTensor, KerasTensor]:
            if projected:
                return gates(x + product(_side_by_side([h_prev, *e]), joined), c_prev, peephole)
            return gates(product(_side_by_side([x, h_prev, *e]), joined) + bias, c_prev, peephole)

        return step

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "kernel_size": self.kernel_size,
            "extra": self.extra,
            "peephole": self.peeps,
            "unit_forget_bias": self.unit_forget_bias,
            "initializer": keras.saving.serialize_keras_object(self.initializer),
            "recurrent_initializer": keras.saving.serialize_keras_object(self.recurrent_initializer),
            "kernel_regularizer": keras.saving.serialize_keras_object(self.kernel_regularizer),
        }


def gates(
    z: KerasTensor, c_prev: KerasTensor, peephole: KerasTensor | None = None
) -> tuple[KerasTensor, KerasTensor]:
    """The gates' sums z [..., 4U] (i, f, c, o), C_{t-1} [..., U] and P [3, U] -> H_t, C_t; Eqs. 5, 6."""
    z_i, z_f, z_c, z_o = ops.split(z, 4, axis=-1)
    if peephole is not None:
        z_i, z_f = z_i + peephole[0] * c_prev, z_f + peephole[1] * c_prev
    c = ops.sigmoid(z_f) * c_prev + ops.sigmoid(z_i) * ops.tanh(z_c)
    if peephole is not None:
        z_o = z_o + peephole[2] * c
    return ops.sigmoid(z_o) * ops.tanh(c), c


@keras.saving.register_keras_serializable(package="repro")
class StartState(SavedLayer):
    """H_0 = tanh(W_h0 * X + b_h0), C_0 = tanh(W_c0 * X + b_c0), X a mean of the frames; paper 4, A2.

    X [B, D] or [B, h, w, D]. Weights: `kernel` [D, 2U] or [k, k, D, 2U] and `bias` [2U], H_0 before C_0.
    """

    def __init__(
        self,
        units: int,
        *,
        kernel_size: int | None = None,
        initializer: FanInitializer = uniform,
        kernel_regularizer: Regularizer = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.units, self.kernel_size, self.initializer = units, kernel_size, initializer
        self.kernel_regularizer = kernel_regularizer

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

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "kernel_size": self.kernel_size,
            "initializer": keras.saving.serialize_keras_object(self.initializer),
            "kernel_regularizer": keras.saving.serialize_keras_object(self.kernel_regularizer),
        }


def kernel_weight(
    layer: LSTM | StartState, name: str, inputs: int, outputs: int, initializer: FanInitializer | None = None
) -> keras.Variable:
    """A kernel [inputs, outputs] or [k, k, inputs, outputs]; on maps the initializer's n is the input
    channels.

    The area k x k does not count in n, and on vectors n is the width of one gate or state.
    """
    area = () if layer.kernel_size is None else (layer.kernel_size, layer.kernel_size)
    first = (initializer or layer.initializer)(inputs if area else layer.units)
    return layer.add_weight(
        shape=(*area, inputs, outputs),
        initializer=first,
        regularizer=layer.kernel_regularizer,
        name=f"{layer.name}_{name}",
    )


def _side_by_side(tensors: Sequence[KerasTensor], axis: int = -1) -> KerasTensor:
    if len(tensors) == 1:
        return ops.convert_to_tensor(tensors[0])
    return ops.concatenate(tensors, axis=axis)

"""Soft attention over the positions of a feature map; paper 4 Eqs. 7-9."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import KerasTensor, ops

from repro.recurrent.initializers import FanInitializer, uniform
from repro.recurrent.lstm import Regularizer, product
from repro.recurrent.saved_layer import SavedLayer


@keras.saving.register_keras_serializable(package="repro")
class Attention(SavedLayer):
    """Where to look in X, given the state H.

        Z   = W_z * tanh(W_xa * X + W_ha * H + b_a)             (7)   all kernels 1 x 1
        A^ij = exp(Z^ij) / sum over all positions of exp(Z)     (8)   sums to 1, not to h * w

    X [B, h, w, D]; H is a map [B, h, w, U] or a vector [B, U], the same for all positions (then e_l, z_l, a_l
    with l = w * row + col). Weights: `kernel` W_xa [D, A], `recurrent_kernel` W_ha [U, A], `bias` b_a [A],
    `score` W_z [A, 1], without a bias b_z, which would cancel in Eq. 8 (paper 4, A20). initializer: of all
    matrices; score_initializer: of W_z where it differs. kernel_regularizer: of all matrices.
    """

    def __init__(
        self,
        units: int,
        *,
        initializer: FanInitializer = uniform,
        score_initializer: FanInitializer | None = None,
        kernel_regularizer: Regularizer = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.units, self.initializer, self.score_initializer = (
            units,
            initializer,
            score_initializer or initializer,
        )
        self.kernel_regularizer = kernel_regularizer

    def build(self, x_shape: Sequence[int | None], h_shape: Sequence[int | None]) -> None:
        """x_shape `[..., D]`, h_shape `[..., U]`."""
        self.kernel = self._weight("kernel", (x_shape[-1], self.units), self.initializer)
        self.recurrent_kernel = self._weight("recurrent_kernel", (h_shape[-1], self.units), self.initializer)
        self.score = self._weight("score", (self.units, 1), self.score_initializer)
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name=f"{self.name}_bias")

    def call(self, x: KerasTensor, h: KerasTensor) -> KerasTensor:
        """X [B, h, w, D], H [B, h, w, U] or [B, U] -> A [B, h, w]."""
        return self.stepper()(self.project(x), h)

    def project(self, x: KerasTensor) -> KerasTensor:
        """W_xa * X + b_a, the part that no state enters: once for all frames, time folded into the batch."""
        return product(x, self.kernel) + self.bias

    def stepper(self) -> Callable[[KerasTensor, KerasTensor], KerasTensor]:
        """(`project(X)_t`, H) -> A_t, for a loop."""
        recurrent_kernel, score = (ops.convert_to_tensor(w) for w in (self.recurrent_kernel, self.score))

        def step(projected: KerasTensor, h: KerasTensor) -> KerasTensor:
            from_h = product(h, recurrent_kernel)
            if len(from_h.shape) == 2:
                from_h = from_h[:, None, None, :]
            z = product(ops.tanh(projected + from_h), score)
            height, width = projected.shape[1:3]
            a = ops.softmax(ops.reshape(z, (-1, height * width)), axis=-1)
            return ops.reshape(a, (-1, height, width))

        return step

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "initializer": keras.saving.serialize_keras_object(self.initializer),
            "score_initializer": keras.saving.serialize_keras_object(self.score_initializer),
            "kernel_regularizer": keras.saving.serialize_keras_object(self.kernel_regularizer),
        }

    def _weight(
        self, name: str, shape: tuple[int | None, int], initializer: FanInitializer
    ) -> keras.Variable:
        return self.add_weight(
            shape=shape,
            initializer=initializer(shape[1]),
            regularizer=self.kernel_regularizer,
            name=f"{self.name}_{name}",
        )


def weigh(a: KerasTensor, x: KerasTensor, *, total: bool) -> KerasTensor:
    """A [B, h, w], X [B, h, w, D] -> X~ = A . X (Eq. 9), or with `total` its sum over the positions [B, D].

    The same A for all channels, and no factor h * w: X~ is that much smaller than X (paper 4, A18).
    """
    return ops.einsum("bhw,bhwd->bd", a, x) if total else a[..., None] * x

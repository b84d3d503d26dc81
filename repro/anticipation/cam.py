"""Class activation maps and the gate of action-aware features: paper 2 Eqs. 2, 3; paper 1 Eqs. 6, 7."""

from __future__ import annotations

from typing import Any

import keras
from keras import KerasTensor, ops

SELECTIONS = ("predicted", "context", "mean", "max")
POOLINGS = ("mean", "sum")
RESCALINGS = ("mean", "none", "min_max")
_TINY = 1e-12  # keeps 0/0 at 0


@keras.saving.register_keras_serializable(package="repro")
class Pooling(keras.layers.Layer):
    """F_l, one number for each unit of the last convolution (A8): [B, h, w, L] -> [B, L].

    pooling: `mean`, the papers' words "global average pooling"; `sum`, their formula sum_{x,y} f_l(x, y),
    which makes the gradients of the linear layer h * w times larger.
    """

    def __init__(self, pooling: str = "mean", **settings: Any) -> None:
        super().__init__(**settings)
        if pooling not in POOLINGS:
            raise ValueError(f"pooling {pooling!r}; wanted one of {', '.join(POOLINGS)}")
        self.pooling = pooling

    def call(self, features: KerasTensor) -> KerasTensor:
        return (ops.mean if self.pooling == "mean" else ops.sum)(features, axis=(1, 2))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "pooling": self.pooling}


@keras.saving.register_keras_serializable(package="repro")
class ClassScores(keras.layers.Layer):
    """The linear layer after global average pooling, and the map of every class by the same weights (Eq. 2).

        S_k       = sum_l w_l^k F_l + b_k            [B, L] -> [B, K]
        M_k(x, y) = sum_l w_l^k f_l(x, y)            [B, h, w, L] -> [B, h, w, K], with `maps`

    Weights: kernel w [L, K], bias b [K]. Paper 1, 4.1.2 and Eq. (6); paper 2, 3.2.1. The bias is ours (A8);
    no map has it: the spatial mean of M_k (or its sum, as F_l) is S_k - b_k. kernel_regularizer: of w.
    """

    def __init__(
        self, classes: int, kernel_regularizer: keras.Regularizer | None = None, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self.classes = classes
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.classes), regularizer=self.kernel_regularizer, name="kernel"
        )
        self.bias = self.add_weight(shape=(self.classes,), initializer="zeros", name="bias")

    def call(self, features: KerasTensor, maps: bool = False) -> KerasTensor:
        """F [B, L] -> S [B, K]; with `maps` f [B, h, w, L] -> M [B, h, w, K]."""
        products = ops.matmul(features, self.kernel)
        return products if maps else products + self.bias

    def get_config(self) -> dict[str, Any]:
        regularizer = keras.regularizers.serialize(self.kernel_regularizer)
        return {**super().get_config(), "classes": self.classes, "kernel_regularizer": regularizer}


@keras.saving.register_keras_serializable(package="repro")
class SelectMap(keras.layers.Layer):
    """One map per frame out of M [B, h, w, K], by scores [B, K] of the frame itself (A3).

    select: `predicted` and `context` take the class of the highest score (ties: the lower index), be it S or
    what the context path says; `mean` and `max` need no class. No label enters, in training or in test.
    Returns [B, h, w, 1].
    """

    def __init__(self, select: str = "predicted", **settings: Any) -> None:
        super().__init__(**settings)
        if select not in SELECTIONS:
            raise ValueError(f"select {select!r}; wanted one of {', '.join(SELECTIONS)}")
        self.select = select

    def call(self, maps: KerasTensor, scores: KerasTensor) -> KerasTensor:
        if self.select == "mean":
            return ops.mean(maps, axis=-1, keepdims=True)
        if self.select == "max":
            return ops.max(maps, axis=-1, keepdims=True)
        return map_of_class(maps, first_highest(scores))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "select": self.select}


def first_highest(scores: KerasTensor) -> KerasTensor:
    """The class of the highest score, the lower index on a tie: [B, K] -> int32 [B].

    `ops.argmax` by comparisons alone. TensorFlow's looks at the sign bit of a zero, for which TFLite has no
    operation; here both zeros are equal.
    """
    count = scores.shape[-1]
    highest = scores >= ops.max(scores, axis=-1, keepdims=True)
    return ops.min(ops.where(highest, ops.arange(count, dtype="int32"), count), axis=-1)


def map_of_class(maps: KerasTensor, classes: KerasTensor) -> KerasTensor:
    """The map of a given class per frame: M [B, h, w, K], int [B] -> [B, h, w, 1].

    Giving it the true class is the oracle of A3: a diagnosis, never a result.
    """
    chosen = ops.one_hot(classes, maps.shape[-1], dtype=maps.dtype)  # [B, K]
    return ops.sum(maps * chosen[:, None, None, :], axis=-1, keepdims=True)


@keras.saving.register_keras_serializable(package="repro")
class CamGate(keras.layers.Layer):
    """Multiplies conv5-3 by the ReLU of a map (Eq. 3), the same value for all channels.

        A(x, y) = conv5-3(x, y) * max(0, M(x, y))        [B, h, w, C], [B, h, w, 1] -> [B, h, w, C]

    rescale (A9): `mean` multiplies the product of each frame by mean(conv5-3) / mean(product), so that the
    reused fc6 keeps the scale it was trained on (an all-zero product stays zero); `none` is Eq. 3 alone;
    `min_max` is the public code's form: the map scaled to [0, 1] in place of the ReLU, then as `mean`.
    """

    def __init__(self, rescale: str = "mean", **settings: Any) -> None:
        super().__init__(**settings)
        if rescale not in RESCALINGS:
            raise ValueError(f"rescale {rescale!r}; wanted one of {', '.join(RESCALINGS)}")
        self.rescale = rescale

    def call(self, conv5_3: KerasTensor, chosen: KerasTensor) -> KerasTensor:
        product = conv5_3 * self._gate(chosen)
        if self.rescale == "none":
            return product
        wanted, gated_mean = (ops.mean(x, axis=(1, 2, 3), keepdims=True) for x in (conv5_3, product))
        return product * ops.where(gated_mean > 0, wanted / ops.maximum(gated_mean, _TINY), 0.0)

    def _gate(self, chosen: KerasTensor) -> KerasTensor:
        if self.rescale != "min_max":
            return ops.relu(chosen)
        low, high = (f(chosen, axis=(1, 2, 3), keepdims=True) for f in (ops.min, ops.max))
        return (chosen - low) / ops.maximum(high - low, _TINY)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rescale": self.rescale}

"""How kernels are initialised, by names under which a saved network finds them again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
from keras import KerasTensor, ops

Initializer = Callable[..., KerasTensor]  # (shape, dtype=None) -> first values
FanInitializer = Callable[[int], Initializer]  # n, the fan that counts -> the kernel's first values


@keras.saving.register_keras_serializable(package="repro")
def uniform(n: int) -> Initializer:
    """Uniform in +-1/sqrt(n)."""
    return keras.initializers.RandomUniform(-1 / math.sqrt(n), 1 / math.sqrt(n))


@keras.saving.register_keras_serializable(package="repro")
def normal(n: int) -> Initializer:
    """Normal of deviation 0.1, whatever n is."""
    return keras.initializers.RandomNormal(stddev=0.1)


@keras.saving.register_keras_serializable(package="repro")
def glorot_uniform(n: int) -> Initializer:
    """Glorot uniform, which takes its fans from the shape."""
    return keras.initializers.GlorotUniform()


@keras.saving.register_keras_serializable(package="repro")
def orthogonal(n: int) -> Initializer:
    """Orthogonal, whatever n is."""
    return keras.initializers.Orthogonal()


@keras.saving.register_keras_serializable(package="repro")
class Apart:
    """An initializer: each of the `parts` matrices side by side in a kernel by itself, by its own
    initializer."""

    def __init__(self, parts: int, initializer: FanInitializer) -> None:
        self.parts, self.initializer = parts, initializer

    def __call__(self, n: int) -> Initializer:
        return partial(self._first, n)

    def _first(self, n: int, shape: Sequence[int], dtype: str | None = None) -> KerasTensor:
        own = (*shape[:-1], shape[-1] // self.parts)
        return ops.concatenate([self.initializer(n)(own, dtype=dtype) for _ in range(self.parts)], axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {"parts": self.parts, "initializer": keras.saving.serialize_keras_object(self.initializer)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Apart:
        return cls(**keras.saving.deserialize_keras_object(config))


@keras.saving.register_keras_serializable(package="repro")
def forget_one(shape: Sequence[int], dtype: str | None = None) -> KerasTensor:
    """A bias [4U] of the gates i, f, c, o: 1 for the forget gate, 0 for the others."""
    units = shape[0] // 4
    zeros, ones = ops.zeros((units,), dtype), ops.ones((units,), dtype)
    return ops.concatenate([zeros, ones, zeros, zeros])

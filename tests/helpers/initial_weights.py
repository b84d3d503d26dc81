"""Weights for tests: drawn so that small networks tell their inputs apart, or not drawn at all."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import keras
import numpy as np
import pytest
from numpy.typing import ArrayLike


def vary(model: keras.Model, seed: int = 3, gain: float = 1.6) -> keras.Model:
    """Set all weights to normal draws of deviation gain / sqrt(fan in), in the order of `get_weights`."""
    rng = np.random.default_rng(seed)
    drawn = [rng.normal(0, gain / np.sqrt(max(w[..., 0].size, 1)), w.shape) for w in model.get_weights()]
    model.set_weights(drawn)
    return model


@contextmanager
def without_initializers() -> Iterator[None]:
    """Networks built here start at zero: drawing a hundred million weights only to count them takes long.

    Those of the test before go first: together they would fill the memory.
    """
    gc.collect()

    def zeros(self: object, shape: tuple[int, ...], dtype: str | None = None) -> object:
        return keras.ops.zeros(shape, dtype=dtype)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("VarianceScaling", "Orthogonal", "RandomUniform", "RandomNormal"):
            initializer = getattr(keras.initializers, name)
            patch.setattr(initializer, "__call__", zeros)
        yield


def calm(model: keras.Model, layer: str, factor: float) -> keras.Model:
    """Divide what a linear layer gives, with or without a ReLU, so that what reads it does not saturate."""
    chosen = model.get_layer(layer)
    chosen.set_weights([weight / factor for weight in chosen.get_weights()])
    return model


def rms(arrays: Mapping[str, ArrayLike]) -> float:
    """Root of the mean square of all values: to divide a feature by, so that sums of it are of order 1."""
    return float(np.sqrt(np.mean([np.square(array) for array in arrays.values()])))

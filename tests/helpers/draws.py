"""Weights for tests: drawn so that small networks tell their inputs apart, or not drawn at all."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np
import pytest


def vary(model: keras.Model, seed: int = 3, gain: float = 1.6) -> keras.Model:
    """Set all weights to normal draws of deviation gain / sqrt(fan in), in the order of `get_weights`."""
    rng = np.random.default_rng(seed)
    drawn = [rng.normal(0, gain / np.sqrt(max(w[..., 0].size, 1)), w.shape) for w in model.get_weights()]
    model.set_weights(drawn)
    return model


@contextmanager
def without_draws() -> Iterator[None]:
    """Networks built here start at zero: drawing a hundred million weights only to count them takes long."""

    def zeros(self: object, shape: tuple[int, ...], dtype: str | None = None) -> object:
        return keras.ops.zeros(shape, dtype=dtype)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("VarianceScaling", "Orthogonal", "RandomUniform", "RandomNormal"):
            initializer = getattr(keras.initializers, name)
            patch.setattr(initializer, "__call__", zeros)
        yield

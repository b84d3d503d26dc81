"""Equations checked under one `KERAS_BACKEND`: in float64, many in one compilation, equal to an oracle."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src.backend.common import dtypes


@contextmanager
def in_float64() -> Iterator[None]:
    """Let operations of float64 give float64, and make it the type of new layers.

    Keras 3.15 rounds them to float32 under JAX and PyTorch wherever it asks for the type of a result (tanh
    and mean; matmul and mean): `_lattice_result_type` looks it up in this table, float64 -> float32, except
    under TensorFlow. No setting of Keras or JAX reaches it.
    """
    rounded = dtypes.BIT64_TO_BIT32_DTYPE["float64"]
    _new_layers("float64")
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    try:
        yield
    finally:
        dtypes.BIT64_TO_BIT32_DTYPE["float64"] = rounded
        _new_layers("float32")


def _new_layers(dtype: str) -> None:
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)  # made from floatx only once, for the first layer
    if keras.config.backend() == "jax":
        import jax

        jax.config.update("jax_enable_x64", dtype == "float64")


def at_once(calls: Sequence[tuple[Callable[[Any], Any], Any]]) -> list[Any]:
    """[(function of a nest of tensors, nest of arrays)] -> what each says, as arrays.

    Under JAX in one compilation, which takes half a second however little is compiled.
    """
    functions = [function for function, _ in calls]

    def all_of(given: list[Any]) -> list[Any]:
        return [function(x) for function, x in zip(functions, given, strict=True)]

    run = all_of
    if keras.config.backend() == "jax":
        import jax

        run = jax.jit(all_of)
    inputs = keras.tree.map_structure(ops.convert_to_tensor, [x for _, x in calls])
    return keras.tree.map_structure(ops.convert_to_numpy, run(inputs))


def whole_and_streamed(model: keras.Model, step: keras.Model, said: str) -> Callable[[Any], Any]:
    """A function of (clips [1, T, ...] by name, state): what a network says at once, and frame by frame.

    step: the network for one frame. Returns its output `said` as [T, ...] and as T of [...].
    """

    def both(given: Any) -> tuple[Any, list[Any]]:
        clips, state = given
        streamed = []
        for t in range(next(iter(clips.values())).shape[1]):
            now = step({**{name: clip[:, t] for name, clip in clips.items()}, **state})
            state = {name: now[name] for name in state}
            streamed.append(now[said][0])
        return model(clips)[said][0], streamed

    return both


def equal(found: Any, expected: Any) -> None:
    """To 1e-10, in float64."""
    found = ops.convert_to_numpy(found)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)

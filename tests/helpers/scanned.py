"""Under JAX: `unroll`'s scan against its Python loop, values and gradients, in float64."""

import jax
import keras
import numpy as np
from keras import ops

from repro.recurrent import unroll as module
from repro.recurrent.unroll import unroll

RNG = np.random.default_rng(0)
FRAMES = {"x": RNG.normal(size=(2, 5, 3, 3, 4)), "seen": RNG.normal(size=(2, 5, 4))}
START = {"h": RNG.normal(size=(2, 3, 3, 4)), "other": [RNG.normal(size=(2, 4))]}
KERNELS = {"h": RNG.normal(size=(3, 3, 8, 4)) / 5, "other": RNG.normal(size=(8, 4)) / 3}


def both_ways(over_time: object) -> tuple[object, object]:
    """Outputs and last state of a step with two states of different shapes; gradients of their squares."""

    def squares(frames: dict, start: dict, kernels: dict) -> tuple[object, object]:
        def step(frame: dict, state: dict) -> tuple[dict, dict]:
            joined = ops.concatenate([frame["x"], state["h"]], axis=-1)
            h = ops.tanh(ops.conv(joined, kernels["h"], padding="same", data_format="channels_last"))
            mean = ops.concatenate([frame["seen"] * ops.mean(h, axis=(1, 2)), state["other"][0]], axis=-1)
            other = ops.tanh(ops.matmul(mean, kernels["other"]))
            return {"h": h, "both": h * other[:, None, None]}, {"h": h, "other": [other]}

        said = over_time(step, frames, start)
        return sum(ops.sum(ops.square(each)) for each in keras.tree.flatten(said)), said

    tensors = [keras.tree.map_structure(ops.convert_to_tensor, each) for each in (FRAMES, START, KERNELS)]
    (_, said), gradients = jax.value_and_grad(squares, argnums=(0, 1, 2), has_aux=True)(*tensors)
    return said, gradients


def check() -> dict[str, np.ndarray]:
    """Nothing to compare between engines: the others have no scan."""
    assert "scan" in str(jax.make_jaxpr(lambda: both_ways(unroll))()), "unroll makes no scan"
    found, expected = both_ways(unroll), both_ways(module._looped)
    keras.tree.assert_same_structure(found, expected)
    for a, b in zip(keras.tree.flatten(found), keras.tree.flatten(expected), strict=True):
        assert a.dtype == np.float64
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12 * np.abs(b).max())
    return {}

"""`SequenceLSTM` against Keras' own LSTM and automatic differentiation, under any engine, in float64."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from repro.recurrent.sequence_lstm import SequenceLSTM

B, T, D, U = 3, 7, 5, 4
RNG = np.random.default_rng(0)
Weighed = Callable[[list[Any], list[Any]], Any]  # weights, features -> one number


def check() -> dict[str, np.ndarray]:
    """h and the gradients by both features and all weights; nothing to compare between engines."""
    features = [RNG.normal(size=(B, T, D - 2)), RNG.normal(size=(B, T, 2))]
    weights = [RNG.normal(size=shape) for shape in ((D, 4 * U), (U, 4 * U), (4 * U,))]
    upstream = ops.convert_to_tensor(RNG.normal(size=(B, T, U)))
    ours, theirs = SequenceLSTM(U), layers.LSTM(U, return_sequences=True, use_cudnn=False)
    theirs.build((None, T, D))
    ours.build([(None, T, D - 2), (None, T, 2)])

    def by(layer: layers.Layer, beside: bool) -> Weighed:
        drawn = [variable.value for variable in layer.non_trainable_variables]

        def weighed(values: list[Any], parts: list[Any]) -> Any:
            given = ops.concatenate(parts, axis=-1) if beside else parts
            return ops.sum(upstream * layer.stateless_call(values, drawn, given)[0])

        return weighed

    found, wanted = (_differentiated(each, weights, features) for each in (by(ours, False), by(theirs, True)))
    for a, b in zip(found, wanted, strict=True):
        assert np.abs(b).max() > 0.1
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10 * np.abs(b).max())
    return {}


def _differentiated(
    weighed: Weighed, weights: list[np.ndarray], features: list[np.ndarray]
) -> list[np.ndarray]:
    """The number itself, then its gradients by every weight and feature."""
    tensors = [ops.convert_to_tensor(each) for each in (*weights, *features)]

    def of(*tensors: Any) -> Any:
        return weighed(list(tensors[: len(weights)]), list(tensors[len(weights) :]))

    if keras.config.backend() == "jax":
        import jax

        value, gradients = jax.jit(jax.value_and_grad(of, argnums=tuple(range(len(tensors)))))(*tensors)
    elif keras.config.backend() == "torch":
        tensors = [tensor.requires_grad_() for tensor in tensors]
        value = of(*tensors)
        value.backward()
        gradients = [tensor.grad for tensor in tensors]
    else:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(tensors)
            value = of(*tensors)
        gradients = tape.gradient(value, tensors)
    return [ops.convert_to_numpy(each) for each in (value, *gradients)]

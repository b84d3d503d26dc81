"""An LSTM over whole sequences: Keras' own layer, forwards and backwards, by fewer products."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from repro.recurrent.sequence_lstm import SequenceLSTM

B, T, D, U = 3, 5, 4, 6


def _pair() -> tuple[layers.LSTM, SequenceLSTM]:
    keras.utils.set_random_seed(3)
    theirs, ours = layers.LSTM(U, return_sequences=True), SequenceLSTM(U)
    for layer in (theirs, ours):
        layer.build((None, T, D))
    for weight, same in zip(theirs.weights, ours.weights, strict=True):
        weight.assign(np.random.default_rng(len(weight.shape)).normal(size=weight.shape))
        same.assign(weight)
    return theirs, ours


def _by_tape(layer: layers.Layer, x: np.ndarray, upstream: np.ndarray) -> list[np.ndarray]:
    """h, and the gradients of its product with `upstream` by x and each weight."""
    given = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(given)
        h = layer(given)
        total = tf.reduce_sum(h * upstream)
    gradients = tape.gradient(total, [given, *(weight.value for weight in layer.weights)])
    return [np.asarray(each) for each in (h, *gradients)]


@pytest.mark.slow
@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.graph)])
def test_it_is_keras_layer_forwards_and_backwards(compiled: bool) -> None:
    rng = np.random.default_rng(0)
    x, upstream = rng.normal(size=(B, T, D)).astype("float32"), rng.normal(size=(B, T, U)).astype("float32")
    of_each = []
    for layer in _pair():
        run = (lambda x, up, of=layer: _by_tape(of, x, up)) if not compiled else _compiled(layer)
        of_each.append(run(x, upstream))
    names = ("h", "x", "kernel", "recurrent kernel", "bias")
    for name, theirs, ours in zip(names, *of_each, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=3e-6 * np.abs(theirs).max(), err_msg=name)
        assert np.abs(theirs).max() > 0.1, name


def _compiled(layer: layers.Layer):
    @tf.function
    def run(x: tf.Tensor, upstream: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            h = layer(x)
            total = tf.reduce_sum(h * upstream)
        return [h, *tape.gradient(total, [x, *(weight.value for weight in layer.weights)])]

    return lambda x, up: [np.asarray(each) for each in run(tf.constant(x), tf.constant(up))]


def test_its_weights_have_keras_names_and_its_cell_steps_alike() -> None:
    theirs, ours = _pair()
    assert [weight.name for weight in ours.weights] == [weight.name for weight in theirs.weights]
    x = np.random.default_rng(1).normal(size=(B, T, D)).astype("float32")
    state = [np.zeros((B, U), "float32")] * 2
    for t in range(T):
        h, state = ours.cell(x[:, t], state)
    np.testing.assert_allclose(np.asarray(h), np.asarray(ours(x))[:, -1], rtol=0, atol=1e-6)


@pytest.mark.slow
@pytest.mark.graph
def test_a_graph_takes_sequences_of_any_length() -> None:
    theirs, ours = _pair()
    inputs = keras.Input((None, D))
    models = [keras.Model(inputs, layer(inputs)) for layer in (theirs, ours)]
    for steps in (2, T, 2 * T + 1):
        x = np.random.default_rng(steps).normal(size=(B, steps, D)).astype("float32")
        expected, h = (model.predict_on_batch(x) for model in models)
        np.testing.assert_allclose(h, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("other", [{"dropout": 0.5}, {"stateful": True}, {"use_bias": False}])
def test_what_it_has_not_is_refused(other: dict) -> None:
    with pytest.raises(ValueError, match="a sequence LSTM with"):
        SequenceLSTM(U, **other)
    with pytest.raises(ValueError, match="no mask"):
        SequenceLSTM(U)(np.zeros((B, T, D), "float32"), mask=np.ones((B, T), bool))

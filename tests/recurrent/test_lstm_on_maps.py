"""One step of paper 4's LSTM: worked numbers, plain loops, Keras' own layers, and its limits."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.named_kernels import drawn, stacked
from helpers.worked_example import A_H_IF_FLIPPED, A_STATE, A_TOP, A_WITHOUT_ATTENTION, A_X
from oracles import attention_lstm as oracle
from repro.recurrent.initializers import uniform
from repro.recurrent.lstm import LSTM, StartState, product


def _layer(named, units=None, **settings) -> LSTM:
    inputs = named["W_xi"].shape[-2]
    layer = LSTM(units or named["b_i"].size, extra="W_ei" in named, dtype="float64", **settings)
    layer.build((None, inputs))
    layer.set_weights(stacked(named))
    return layer


def _numpy(tensors):
    return [np.asarray(t) for t in tensors]


def test_the_worked_step_without_attention():
    h, c = _numpy(_layer(A_TOP, kernel_size=3)(A_X[None], A_STATE["h"][None], A_STATE["c"][None]))
    np.testing.assert_allclose(c.ravel(), A_WITHOUT_ATTENTION["c"], rtol=0, atol=5e-9)
    np.testing.assert_allclose(h.ravel(), A_WITHOUT_ATTENTION["h"], rtol=0, atol=5e-9)
    assert np.abs(h.ravel() - A_H_IF_FLIPPED).max() > 0.01


@pytest.mark.parametrize("kernel_size", [None, 1, 3])
@pytest.mark.parametrize("extra", [False, True])
def test_a_step_equals_plain_loops(kernel_size, extra):
    rng = np.random.default_rng(0)
    named = drawn(rng, inputs=3, units=4, kernel_size=kernel_size, extra=extra)
    grid = () if kernel_size is None else (3, 2)
    x = rng.normal(size=(2, *grid, 3))
    states = [rng.normal(size=(2, *grid, 4)) for _ in range(3 if extra else 2)]
    layer = _layer(named, kernel_size=kernel_size)
    whole = _numpy(layer(x, *states))
    projected = _numpy(
        layer.stepper(projected=True)(layer.project(x), *map(keras.ops.convert_to_tensor, states))
    )
    for i in range(2):
        h, c, *e = (s[i] for s in states)
        expected = oracle.lstm(x[i], h, c, named, *e)
        for found in (whole, projected):
            np.testing.assert_allclose([t[i] for t in found], expected, rtol=0, atol=1e-12)


def test_on_maps_it_is_keras_convolutional_lstm():
    rng = np.random.default_rng(1)
    named = drawn(rng, inputs=3, units=4, kernel_size=3)
    x = rng.normal(size=(2, 3, 5, 4, 3))
    theirs = keras.layers.ConvLSTM2D(
        4, 3, padding="same", recurrent_activation="sigmoid", unit_forget_bias=False,
        return_sequences=True, dtype="float64",
    )  # fmt: skip
    theirs.build(x.shape)
    theirs.set_weights(stacked(named))
    np.testing.assert_allclose(_run(_layer(named, kernel_size=3), x), theirs(x), rtol=0, atol=1e-12)


def test_on_vectors_it_is_keras_lstm():
    rng = np.random.default_rng(2)
    named = drawn(rng, inputs=3, units=4)
    x = rng.normal(size=(2, 5, 3))
    theirs = keras.layers.LSTM(4, unit_forget_bias=False, return_sequences=True, dtype="float64")
    theirs.build(x.shape)
    theirs.set_weights(stacked(named))
    np.testing.assert_allclose(_run(_layer(named), x), theirs(x), rtol=0, atol=1e-12)


def _run(layer, x):
    h = c = np.zeros((*x.shape[:1], *x.shape[2:-1], layer.units))
    seen = []
    for t in range(x.shape[1]):
        h, c = layer(x[:, t], h, c)
        seen.append(np.asarray(h))
    return np.stack(seen, axis=1)


def test_on_a_grid_of_one_position_only_the_centre_taps_count():
    rng = np.random.default_rng(3)
    named = drawn(rng, inputs=3, units=4, kernel_size=3, extra=True)
    centre = {name: w[1, 1] if w.ndim == 4 else w for name, w in named.items()}
    x, *states = rng.normal(size=(1, 1, 1, 3)), *rng.normal(size=(3, 1, 1, 1, 4))
    on_map = _numpy(_layer(named, kernel_size=3)(x, *states))
    on_vector = _numpy(_layer(centre)(x[:, 0, 0], *(s[:, 0, 0] for s in states)))
    np.testing.assert_allclose([t[:, 0, 0] for t in on_map], on_vector, rtol=0, atol=1e-14)


def test_kernels_are_not_flipped_and_borders_are_zero():
    """A 3 x 3 kernel with one tap shifts the map by one and fills with zeros: cross-correlation."""
    x = np.arange(1.0, 7).reshape(1, 2, 3, 1)
    kernel = np.zeros((3, 3, 1, 1))
    kernel[0, 2] = 1  # looks up and to the right
    found = np.asarray(product(x, kernel))[0, ..., 0]
    np.testing.assert_array_equal(found, [[0, 0, 0], [2, 3, 0]])


@pytest.mark.parametrize("kernel_size", [None, 3])
def test_the_start_equals_plain_loops(kernel_size):
    rng = np.random.default_rng(4)
    named = drawn(rng, inputs=3, units=2, kernel_size=kernel_size, start=True)
    mean = rng.normal(size=(2, *(() if kernel_size is None else (2, 3)), 3))
    layer = StartState(2, kernel_size=kernel_size, dtype="float64")
    layer.build(mean.shape)
    layer.set_weights(stacked(named))
    h, c = _numpy(layer(mean))
    for i in range(2):
        np.testing.assert_allclose([h[i], c[i]], oracle.start(mean[i], named), rtol=0, atol=1e-14)


def test_first_values_lie_in_one_over_the_root_of_the_input_channels():
    """The area of the kernel is not counted; biases are 0, the forget gate's too."""
    layer = LSTM(64, kernel_size=3, extra=True)
    layer.build((None, 7, 7, 16))
    for kernel, channels in ((layer.kernel, 16), (layer.recurrent_kernel, 64), (layer.extra_kernel, 64)):
        values, edge = np.asarray(kernel), channels**-0.5
        assert 0.999 * edge < np.abs(values).max() <= edge
        assert values.std() == pytest.approx(edge / np.sqrt(3), rel=0.02)
    np.testing.assert_array_equal(layer.bias, np.zeros(256))
    assert np.abs(np.asarray(uniform(512)((1000,)))).max() <= 0.04419418


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**16), scale=st.sampled_from([0.1, 1.0, 30.0]))
def test_states_stay_inside_their_limits(seed, scale):
    """|h| <= 1 and |c_t| <= |c_{t-1}| + 1, whatever the weights; saturated gates overflow nothing."""
    rng = np.random.default_rng(seed)
    named = {name: scale * w for name, w in drawn(rng, inputs=2, units=3, kernel_size=3).items()}
    x, h_prev, c_prev = (
        rng.normal(size=(1, 2, 2, 2)),
        rng.uniform(-1, 1, (1, 2, 2, 3)),
        rng.normal(0, 3, (1, 2, 2, 3)),
    )
    h, c = _numpy(_layer(named, kernel_size=3)(x, h_prev, c_prev))
    assert (np.abs(h) <= 1).all()
    assert (np.abs(c) <= np.abs(c_prev) + 1).all()
    np.testing.assert_allclose(
        [h[0], c[0]], oracle.lstm(x[0], h_prev[0], c_prev[0], named), rtol=1e-12, atol=1e-12
    )

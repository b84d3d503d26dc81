"""The peephole LSTM against the worked step of paper1.md 10.3, plain loops, and Keras' own LSTM."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles import peephole_lstm
from repro.recurrent.peephole_lstm import PeepholeLSTMCell


def _draw(width: int, units: int, seed: int = 0, scale: float = 1.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    shapes = {"W": (width, 4 * units), "U": (units, 4 * units), "b": (4 * units,), "V": (3, units)}
    return {name: rng.normal(0, scale, shape) for name, shape in shapes.items()}


def _cell(W, U, b, V) -> PeepholeLSTMCell:
    cell = PeepholeLSTMCell(len(U), full=V.ndim == 3, dtype="float64")
    cell.build((None, len(W)))
    cell.set_weights([W, U, b, V])
    return cell


@pytest.mark.parametrize(
    ("peephole", "h_expected", "c_expected"),
    [((0, 0, 0), 0.12021901, 0.16828339), ((0.2, 0.4, -0.6), 0.11844996, 0.17084749)],
)
def test_the_worked_step(peephole, h_expected, c_expected):
    weights = {
        "W": np.array([[0.5, -0.25, 1, 0.75]]),
        "U": np.array([[0.1, 0.2, 0.3, 0.4]]),
        "b": np.array([0.0, 1, 0, 0]),
        "V": np.array(peephole, float)[:, None],
    }
    h, (_, c) = _cell(**weights)(np.array([[1.0]]), [np.array([[0.5]]), np.array([[-0.5]])])
    np.testing.assert_allclose([h[0, 0], c[0, 0]], [h_expected, c_expected], rtol=0, atol=5e-9)
    oracle = peephole_lstm.step(np.array([1.0]), np.array([0.5]), np.array([-0.5]), **weights)
    np.testing.assert_allclose(np.ravel(oracle), [h_expected, c_expected], rtol=0, atol=5e-9)


def test_a_sequence_equals_plain_loops():
    weights = _draw(3, 4)
    x = np.random.default_rng(1).normal(size=(2, 6, 3))
    outputs = keras.layers.RNN(_cell(**weights), return_sequences=True, dtype="float64")(x)
    expected = [peephole_lstm.sequence(sample, **weights) for sample in x]
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("use_mask", [False, True])
def test_without_peepholes_it_is_keras_lstm(use_mask):
    weights = _draw(3, 4)
    weights["V"] *= 0
    x = np.random.default_rng(1).normal(size=(2, 6, 3))
    mask = np.arange(6) < np.array([[6], [2]]) if use_mask else None
    plain = keras.layers.LSTM(4, return_sequences=True, dtype="float64")
    plain.build(x.shape)
    plain.set_weights([weights["W"], weights["U"], weights["b"]])
    ours = keras.layers.RNN(_cell(**weights), return_sequences=True, dtype="float64")
    np.testing.assert_allclose(ours(x, mask=mask), plain(x, mask=mask), rtol=0, atol=1e-12)


def test_it_starts_as_keras_lstm_starts():
    cell = PeepholeLSTMCell(3)
    cell.build((None, 2))
    np.testing.assert_array_equal(cell.bias, [0] * 3 + [1] * 3 + [0] * 6)  # forget gate open
    np.testing.assert_array_equal(cell.peephole, np.zeros((3, 3)))
    square = np.asarray(cell.recurrent_kernel)
    np.testing.assert_allclose(square @ square.T, np.eye(3), atol=1e-5)
    assert [np.asarray(s).tolist() for s in cell.get_initial_state(2)] == [[[0, 0, 0]] * 2] * 2


@pytest.mark.parametrize(
    ("width", "units", "parameters"), [(1, 1, 12 + 3), (8, 16, 4 * (8 * 16 + 16 * 16 + 16) + 3 * 16)]
)
def test_peepholes_add_three_weights_per_unit(width, units, parameters):
    cell = PeepholeLSTMCell(units)
    cell.build((None, width))
    assert cell.count_params() == parameters


def test_full_peepholes_equal_plain_loops_and_a_diagonal_matrix_the_diagonal():
    weights = _draw(3, 4)
    full = {**weights, "V": np.random.default_rng(2).normal(size=(3, 4, 4))}
    x = np.random.default_rng(1).normal(size=(2, 6, 3))
    outputs = keras.layers.RNN(_cell(**full), return_sequences=True, dtype="float64")(x)
    np.testing.assert_allclose(outputs, [peephole_lstm.sequence(s, **full) for s in x], rtol=0, atol=1e-12)
    as_matrix = {**weights, "V": np.array([np.diag(v) for v in weights["V"]])}
    both = [
        keras.layers.RNN(_cell(**w), return_sequences=True, dtype="float64")(x) for w in (weights, as_matrix)
    ]
    np.testing.assert_allclose(both[0], both[1], rtol=0, atol=1e-12)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**16), scale=st.sampled_from([0.1, 1.0, 30.0]))
def test_the_output_stays_inside_one_and_equals_the_oracle(seed, scale):
    """Whatever the weights, |h| <= 1 and |c_t| <= |c_{t-1}| + 1: saturated gates overflow nothing."""
    weights = _draw(2, 3, seed, scale)
    rng = np.random.default_rng(seed)
    x, h_prev, c_prev = rng.normal(size=(1, 2)), rng.uniform(-1, 1, (1, 3)), rng.normal(0, 3, (1, 3))
    h, (same_h, c) = keras.tree.map_structure(np.asarray, _cell(**weights)(x, [h_prev, c_prev]))
    assert (np.abs(h) <= 1).all()
    assert (np.abs(c) <= np.abs(c_prev) + 1).all()
    np.testing.assert_array_equal(h, same_h)
    expected = peephole_lstm.step(x[0], h_prev[0], c_prev[0], **weights)
    np.testing.assert_allclose([h[0], c[0]], expected, rtol=1e-12, atol=1e-12)

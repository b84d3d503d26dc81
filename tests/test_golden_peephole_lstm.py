"""Our peephole LSTM (paper 1, Eqs. 1-5) against tensorflow-addons' PeepholeLSTMCell, in float64."""

import keras
import numpy as np
import pytest

from helpers.golden import golden
from repro.recurrent.peephole_lstm import PeepholeLSTMCell

# Every golden number is of order 1 and six steps multiply a rounding of 1e-16 only a little.
FLOAT64 = 1e-12


@pytest.fixture
def cell() -> PeepholeLSTMCell:
    """Ours with the golden's weights: both have the gates in the order i, f, c, o, and b as it stands."""
    g = golden("peephole_lstm")
    built = PeepholeLSTMCell(5, dtype="float64")
    built.build((None, 4))
    built.kernel.assign(g["W"])
    built.recurrent_kernel.assign(g["U"])
    built.bias.assign(g["b"])
    built.peephole.assign(np.stack([g["V_i"], g["V_f"], g["V_o"]]))
    return built


def test_every_step_equals_the_golden(cell):
    g = golden("peephole_lstm")
    h, c = (keras.ops.convert_to_tensor(g[name]) for name in ("h_0", "c_0"))
    for x, h_expected, c_expected in zip(g["x"], g["h"], g["c"], strict=True):
        output, (h, c) = cell(keras.ops.convert_to_tensor(x), [h, c])
        np.testing.assert_array_equal(output, h)
        np.testing.assert_allclose(h, h_expected, rtol=0, atol=FLOAT64)
        np.testing.assert_allclose(c, c_expected, rtol=0, atol=FLOAT64)


def test_the_unrolled_sequence_equals_the_golden(cell):
    """The same through Keras' loop over time: x [T, B, D] -> [B, T, D]."""
    g = golden("peephole_lstm")
    rnn = keras.layers.RNN(cell, return_sequences=True, return_state=True, dtype="float64")
    start = [keras.ops.convert_to_tensor(g[name]) for name in ("h_0", "c_0")]
    outputs, _, c = rnn(keras.ops.convert_to_tensor(g["x"].swapaxes(0, 1)), initial_state=start)
    np.testing.assert_allclose(outputs, g["h"].swapaxes(0, 1), rtol=0, atol=FLOAT64)
    np.testing.assert_allclose(c, g["c"][-1], rtol=0, atol=FLOAT64)


@pytest.mark.parametrize("gate", [0, 1, 2])
def test_each_peephole_matters_to_the_golden(cell, gate):
    """Without one of V_i, V_f, V_o the first step already misses: the agreement above is not for free."""
    g = golden("peephole_lstm")
    peephole = np.stack([g["V_i"], g["V_f"], g["V_o"]])
    peephole[gate] = 0
    cell.peephole.assign(peephole)
    h, _ = cell(g["x"][0], [g["h_0"], g["c_0"]])
    assert np.abs(keras.ops.convert_to_numpy(h) - g["h"][0]).max() > 1e-3

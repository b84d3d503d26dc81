"""What paper 3 asks of the LSTM: a context of any width, peepholes, a forget bias, its first values."""

import keras
import numpy as np
import pytest

from repro.recurrent.lstm import LSTM
from repro.recurrent.peephole_lstm import PeepholeLSTMCell

B, D, V, U = 2, 3, 5, 4


def drawn(layer: LSTM, seed: int = 0) -> dict[str, np.ndarray]:
    """Fills the layer; its weights by name."""
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.weights])
    return {w.name.removeprefix(f"{layer.name}_"): np.asarray(w) for w in layer.weights}


def states(seed: int = 1) -> tuple[np.ndarray, ...]:
    """x, h, c, k."""
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=(B, width)) for width in (D, U, U, V))


def test_the_context_is_concatenation():
    """Keras' LSTM cell on [x ; k] with kernel [W ; D]."""
    layer = LSTM(U, extra=True, dtype="float64")
    layer.build((None, D), (None, V))
    weights, (x, h, c, k) = drawn(layer), states()
    assert weights["extra_kernel"].shape == (V, 4 * U)
    theirs = keras.layers.LSTMCell(U, unit_forget_bias=False, dtype="float64")
    theirs.build((None, D + V))
    theirs.set_weights(
        [
            np.concatenate([weights["kernel"], weights["extra_kernel"]]),
            weights["recurrent_kernel"],
            weights["bias"],
        ]
    )
    _, expected = theirs(np.concatenate([x, k], axis=1), [h, c])
    np.testing.assert_allclose(layer(x, h, c, k), expected, rtol=0, atol=1e-14)


def test_a_step_without_the_context_is_the_plain_one():
    layer = LSTM(U, extra=True, dtype="float64")
    layer.build((None, D), (None, V))
    drawn(layer)
    x, h, c, k = map(keras.ops.convert_to_tensor, states())
    plain = layer.stepper(projected=True, extra=False)(layer.project(x), h, c)
    np.testing.assert_allclose(plain, layer(x, h, c, k * 0), rtol=0, atol=1e-15)
    np.testing.assert_allclose(plain, layer(x, h, c), rtol=0, atol=1e-15)
    assert np.abs(np.asarray(plain[0]) - np.asarray(layer(x, h, c, k)[0])).max() > 0.01


def test_without_a_width_the_context_is_a_state():
    layer = LSTM(U, extra=True)
    layer.build((None, D))
    assert layer.extra_kernel.shape == (U, 4 * U)


def test_peepholes_are_those_of_paper_1s_cell():
    layer = LSTM(U, peephole=True, dtype="float64")
    layer.build((None, D))
    assert not np.asarray(layer.peephole).any()
    weights, (x, h, c, _) = drawn(layer), states()
    cell = PeepholeLSTMCell(U, dtype="float64")
    cell.build((None, D))
    cell.set_weights([weights[name] for name in ("kernel", "recurrent_kernel", "bias", "peephole")])
    _, expected = cell(x, [h, c])
    np.testing.assert_allclose(layer(x, h, c), expected, rtol=0, atol=1e-14)
    cell.peephole.assign(np.zeros((3, U)))
    assert np.abs(np.asarray(cell(x, [h, c])[0]) - np.asarray(layer(x, h, c)[0])).max() > 0.01


@pytest.mark.parametrize(("switch", "forget"), [(False, 0), (True, 1)])
def test_the_forget_bias(switch, forget):
    layer = LSTM(2, unit_forget_bias=switch)
    layer.build((None, D))
    np.testing.assert_array_equal(layer.bias, [0, 0, forget, forget, 0, 0, 0, 0])

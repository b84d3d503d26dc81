import keras
import numpy as np
import pytest
from keras import ops

from helpers.close import assert_same_float32, of_terms
from repro.recurrent.peephole_lstm import PeepholeLSTMCell
from repro.recurrent.unroll import unroll

RNG = np.random.default_rng(0)


def running_sum(x, state):
    return state + x, state + x


def test_it_is_a_loop_over_time():
    x = np.array([[[1.0], [2], [4]], [[10], [20], [40]]])  # [2, 3, 1]
    outputs, last = unroll(running_sum, x, ops.zeros((2, 1), "float64"))
    np.testing.assert_array_equal(np.asarray(outputs)[..., 0], [[1, 3, 7], [10, 30, 70]])
    np.testing.assert_array_equal(last, [[7], [70]])


def test_it_equals_keras_rnn_on_a_flat_cell():
    cell = PeepholeLSTMCell(4, dtype="float64")
    x = RNG.normal(size=(2, 5, 3))
    expected, h, c = keras.layers.RNN(cell, return_sequences=True, return_state=True, dtype="float64")(x)
    outputs, state = unroll(cell, x, cell.get_initial_state(2))
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-14)
    np.testing.assert_allclose(state, [h, c], rtol=0, atol=1e-14)


def test_states_may_be_maps_and_nests_and_inputs_too():
    frames, flow = RNG.normal(size=(2, 4, 3, 3, 2)), RNG.normal(size=(2, 4, 3, 3, 1))

    def step(x, state):
        new = {"map": 0.5 * state["map"] + x["frame"] * x["flow"], "count": state["count"] + 1}
        return {"map": new["map"], "seen": new["count"]}, new

    start = {"map": np.ones((2, 3, 3, 2)), "count": np.zeros((2,))}
    outputs, last = unroll(step, {"frame": frames, "flow": flow}, keras.tree.map_structure(_tensor, start))
    expected = start["map"]
    for t in range(4):
        expected = 0.5 * expected + frames[:, t] * flow[:, t]
        np.testing.assert_allclose(np.asarray(outputs["map"])[:, t], expected, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(outputs["seen"], [[1, 2, 3, 4]] * 2)
    np.testing.assert_allclose(last["map"], expected, rtol=0, atol=1e-14)


def _tensor(array):
    return ops.convert_to_tensor(array)


def test_a_length_that_is_unknown_or_not_one_is_refused():
    frames = np.zeros((1, 4, 2))
    for inputs in (keras.Input((None, 2)), frames[:, :0], [frames, frames[:, :3]]):
        with pytest.raises(ValueError, match="wanted one known length of 1 or more"):
            unroll(running_sum, inputs, frames[:, 0])


class Unrolled(keras.layers.Layer):
    def __init__(self, units: int):
        super().__init__()
        self.cell = PeepholeLSTMCell(units)

    def build(self, shape):
        self.cell.build((shape[0], shape[-1]))

    def call(self, x):
        start = [ops.zeros_like(x[:, 0, :1]) + ops.zeros((1, self.cell.units)) for _ in range(2)]
        return unroll(self.cell, x, start)[0]


@pytest.mark.graph
@pytest.mark.slow
def test_a_network_trains_through_it_as_through_keras_rnn():
    """Gradients through the loop, compiled."""
    x, y = RNG.normal(size=(8, 5, 3)).astype("float32"), RNG.normal(size=(8, 5, 4)).astype("float32")
    trained = []
    for layer in (Unrolled(4), keras.layers.RNN(PeepholeLSTMCell(4), return_sequences=True)):
        model = keras.Sequential([keras.Input((5, 3)), layer])
        rng = np.random.default_rng(1)
        model.set_weights([rng.normal(0, 0.5, w.shape) for w in model.get_weights()])
        before = model.get_weights()
        model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
        model.fit(x, y, batch_size=8, epochs=3, verbose=0)
        assert all(np.abs(a - b).max() > 1e-4 for a, b in zip(before, model.get_weights(), strict=True))
        trained.append(model.get_weights())
    # Three updates; each gradient adds 8 x 5 errors, which came through 5 steps of 3 + 4 + 1 terms and back.
    roundings = of_terms(3 * (8 * 5 + 2 * 5 * 8))
    for ours, theirs in zip(*trained, strict=True):
        assert_same_float32(ours, theirs, roundings)

"""Paper 3's dropout: where it is, that samples and steps differ, and that it can be taken up again."""

import keras
import numpy as np
import pytest

from helpers.decoders import KINDS, SIZES, small
from repro.paper3 import model as paper3


def probe(width: int = 200, steps: int = 6) -> paper3.Decoder:
    """A decoder whose state shows its context: h_t = tanh(tanh(k_t) / 2) / 2, whatever came before."""
    decoder = paper3.Decoder(width, context=True, attention_units=2, dropout_context=0.5, name="decoder")
    decoder.build({"x": (None, steps, 1), "attended": (None, 3, width)})
    values = {weight.name: np.zeros(weight.shape) for weight in decoder.weights}
    values["lstm_bias"][width : 2 * width] = -200  # nothing is kept: of exp(-100) float32 has a trace
    values["lstm_extra_kernel"][:, 2 * width : 3 * width] = np.eye(width)
    for weight in decoder.weights:
        weight.assign(values[weight.name])
    return decoder


def test_dropout_of_the_context_differs_by_sample_and_step():
    decoder = probe()
    inputs = {"x": np.ones((2, 6, 1), "float32"), "attended": np.ones((2, 3, 200), "float32")}
    whole = np.asarray(decoder(inputs, training=False)["h"])
    np.testing.assert_allclose(whole, np.full((2, 6, 200), np.tanh(np.tanh(1) / 2) / 2), rtol=1e-6)
    h = np.asarray(decoder(inputs, training=True)["h"])
    kept = np.tanh(np.tanh(2) / 2) / 2  # survivors count twice
    assert (h == 0).mean() == pytest.approx(0.5, abs=0.05)
    np.testing.assert_allclose(h[h != 0], kept, rtol=1e-6)
    masks = (h == 0).reshape(12, 200)
    for one in range(12):
        for other in range(one):
            assert (masks[one] != masks[other]).mean() == pytest.approx(0.5, abs=0.2)


def test_dropout_of_inputs_and_states_differs_by_sample_and_step():
    sizes = {"steps": 3, "input_width": 200, "classes": 2, "units": 200}
    model = paper3.build(**sizes, dropout_fc_input=True)
    names = ("drop_input", "drop_x", "drop_h")
    shown = keras.Model(model.input, [model.get_layer(name).output for name in names])
    for dropped in shown({"input": np.ones((2, 3, 200), "float32")}, training=True):
        masks = (np.asarray(dropped) == 0).reshape(6, 200)
        assert masks.mean() == pytest.approx(0.5, abs=0.08)
        for one in range(6):
            for other in range(one):
                assert (masks[one] != masks[other]).mean() == pytest.approx(0.5, abs=0.2)


def test_dropout_starts_again_from_its_stored_state():
    model, _, inputs = small("a")
    seeds = [v for v in model.variables if "seed" in v.path]
    assert len(seeds) == 3  # x_t, k_t, h_t
    before = [np.array(v) for v in seeds]
    first, second = (np.asarray(model(inputs, training=True)["frame"]) for _ in range(2))
    assert np.abs(first - second).max() > 0.01
    for variable, value in zip(seeds, before, strict=True):
        variable.assign(value)
    np.testing.assert_array_equal(np.asarray(model(inputs, training=True)["frame"]), first)


def test_dropout_is_where_it_was_asked_for():
    def rates(**options) -> dict[str, float]:
        model = paper3.build(**SIZES, **KINDS["a"], **options)
        drops = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
        drops.append(model.get_layer("decoder").drop_context)
        return {layer.name: layer.rate for layer in drops if layer.rate}

    paper = {"drop_x": 0.5, "drop_context": 0.5, "drop_h": 0.5}
    assert rates() == paper
    assert rates(dropout_fc_input=True) == {**paper, "drop_input": 0.5}
    assert rates(dropout_context=False) == {"drop_x": 0.5, "drop_h": 0.5}
    assert rates(dropout=0.0, dropout_fc_input=True) == {}

"""The multi-stage LSTM and its variants: sizes, wiring, causality, and one frame at a time."""

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network
from helpers.initial_weights import vary, without_initializers
from oracles import peephole_lstm
from repro.anticipation import sequence

WIDTHS = {"context": 4, "action": 6}  # unlike, so that a swapped pair cannot go unnoticed
SWAPPED = {"action": 6, "context": 4}
ALL = [
    ("ms_lstm", WIDTHS),
    ("ms_lstm", SWAPPED),
    ("ms_lstm", {**WIDTHS, "flow": 5}),
    ("single_lstm", {"context": 4}),
    ("single_lstm", {"action": 6}),
    ("concatenation", WIDTHS),
    ("parallel", WIDTHS),
]
CASES = [(*case, "lstm") for case in ALL] + [
    ("ms_lstm", WIDTHS, "peephole"),
    ("ms_lstm", WIDTHS, "full_peephole"),
]
IDS = [f"{variant}-{'+'.join(features)}-{cell}" for variant, features, cell in CASES]
every_case = pytest.mark.parametrize(("variant", "features", "cell"), CASES, ids=IDS)


def build(variant="ms_lstm", features=WIDTHS, seed=3, **settings) -> keras.Model:
    return vary(sequence.build(variant, features=features, **{"units": 5, "classes": 3, **settings}), seed)


def clip(features=WIDTHS, steps=7, batch=2, seed=0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        name: rng.normal(size=(batch, steps, width)).astype("float32") for name, width in features.items()
    }


def same(found, wanted, model, steps=7) -> None:
    """Probabilities of order 1 after so many steps of the network, by another order of its sums."""
    assert_same_float32(found, wanted, of_network(model, times=steps), scale=1)


def predict(model, inputs) -> dict[str, np.ndarray]:
    return {stage: np.asarray(p) for stage, p in model(inputs).items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "features", "units", "settings", "counts"),
    [
        ("ms_lstm", 2, 2048, {}, {101: 117_870_794, 21: 117_542_954, 6: 117_481_484}),
        ("ms_lstm", 2, 1024, {}, {101: 46_352_586, 21: 46_188_586, 6: 46_157_836}),
        ("ms_lstm", 2, 512, {}, {101: 20_030_666, 21: 19_948_586, 6: 19_933_196}),
        ("ms_lstm", 2, 4096, {}, {101: 336_404_682}),
        ("ms_lstm", 2, 2048, {"cell": "peephole"}, {101: 117_883_082, 21: 117_555_242, 6: 117_493_772}),
        ("ms_lstm", 2, 2048, {"cell": "full_peephole"}, {101: 143_036_618, 21: 142_708_778}),
        ("ms_lstm", 3, 2048, {}, {101: 151_425_226, 21: 151_097_386}),  # with flow of width 4096
        ("single_lstm", 1, 1024, {}, {101: 21_079_141, 21: 20_997_141, 6: 20_981_766}),
        ("single_lstm", 1, 2048, {}, {101: 50_546_789, 21: 50_382_869, 6: 50_352_134}),
        ("concatenation", 2, 2048, {}, {101: 84_101_221, 21: 83_937_301, 6: 83_906_566}),
        ("parallel", 2, 2048, {}, {101: 101_093_477, 21: 100_765_717, 6: 100_704_262}),
    ],
)
def test_parameters_at_full_size(variant, features, units, settings, counts):
    widths = {f"f{i}": 4096 for i in range(features)}
    for classes, parameters in counts.items():
        with without_initializers():
            model = sequence.build(variant, features=widths, units=units, classes=classes, **settings)
        assert model.count_params() == parameters


@pytest.mark.slow
def test_parameters_with_the_narrower_flow_network():
    """Flow features of width 2048, those of the CNN-M of the two-stream paper (paper1.md 10.1)."""
    with without_initializers():
        widths = {"context": 4096, "action": 4096, "flow": 2048}
        model = sequence.build("ms_lstm", features=widths, units=2048, classes=101)
    assert model.count_params() == 134_648_010


@every_case
def test_probabilities_of_every_stage_at_every_frame(variant, features, cell):
    model = build(variant, features, cell=cell, steps=7)
    said = predict(model, clip(features))
    assert tuple(said) == sequence.stages(variant)
    assert sequence.prediction(variant) == ("stage2" if variant == "ms_lstm" else "stage1")
    for p in said.values():
        assert (p.shape, p.dtype) == ((2, 7, 3), np.float32)
        np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-6)
        assert np.ptp(p, axis=1).max() > 0.01  # frames are told apart


@pytest.mark.slow
@every_case
def test_the_future_changes_nothing(variant, features, cell):
    """Other frames after t = 4, or padding with zeros, or no frames at all: the same first four outputs."""
    model = build(variant, features, cell=cell)
    whole = predict(model, clip(features))
    other, padded = clip(features), clip(features)
    for name in features:
        other[name][:, 4:] = clip(features, seed=9)[name][:, 4:]
        padded[name][:, 4:] = 0
    cut = {name: array[:, :4] for name, array in clip(features).items()}
    for stage, p in whole.items():
        for inputs in (other, padded, cut):
            same(predict(model, inputs)[stage][:, :4], p[:, :4], model, steps=4)
        assert np.abs(predict(model, other)[stage][:, 4:] - p[:, 4:]).max() > 0.01


@every_case
def test_one_frame_at_a_time_equals_the_whole_sequence(variant, features, cell):
    model = build(variant, features, cell=cell)
    step, state = sequence.step_model(model), sequence.initial_state(model, batch=2)
    assert step.name == f"{variant}_step"
    inputs, whole = clip(features), predict(model, clip(features))
    for t in range(7):
        said = step({**{name: array[:, t] for name, array in inputs.items()}, **state})
        state = {name: np.asarray(said[name]) for name in state}
        for stage, p in whole.items():
            same(said[stage], p[:, t], model, steps=t + 1)


def test_the_step_model_shares_the_weights():
    model = build()
    step = sequence.step_model(model)
    frame = {name: array[:, 0] for name, array in clip().items()}
    before = step({**frame, **sequence.initial_state(model, 2)})["stage2"]
    vary(model, seed=8)
    after = step({**frame, **sequence.initial_state(model, 2)})["stage2"]
    same(after, predict(model, clip())["stage2"][:, 0], model, steps=1)
    assert np.abs(after - before).max() > 0.01


def test_the_memory_starts_at_zero_under_stable_names():
    state = sequence.initial_state(build(units=5), batch=2)
    assert list(state) == ["lstm1_h", "lstm1_c", "lstm2_h", "lstm2_c"]
    for array in state.values():
        np.testing.assert_array_equal(array, np.zeros((2, 5), np.float32))
    assert list(sequence.initial_state(build("single_lstm", {"context": 4}))) == ["lstm1_h", "lstm1_c"]


def _softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _arrays(model, layer):
    names = {"kernel": "W", "recurrent_kernel": "U", "bias": "b", "peephole": "V"}
    return {names[v.name]: np.asarray(v, "float64") for v in model.get_layer(layer).weights}


@pytest.mark.parametrize("cell", sequence.CELLS)
def test_the_multi_stage_lstm_equals_the_equations(cell):
    """h^c = LSTM(x^c); h^a = LSTM([h^c ; x^a]); a softmax on each: by plain loops."""
    model = build(cell=cell)
    said = predict(model, clip())
    for n in range(2):
        context, action = (clip()[name][n].astype("float64") for name in WIDTHS)
        h1 = peephole_lstm.sequence(context, **_arrays(model, "lstm1"))
        h2 = peephole_lstm.sequence(np.concatenate([h1, action], axis=-1), **_arrays(model, "lstm2"))
        for stage, h in (("stage1", h1), ("stage2", h2)):
            dense = _arrays(model, f"{stage}_dense")
            same(said[stage][n], _softmax(h @ dense["W"] + dense["b"]), model)


def test_parallel_equals_the_equations():
    model = build("parallel")
    dense = _arrays(model, "stage1_dense")
    for n in range(2):
        h = [
            peephole_lstm.sequence(clip()[name][n].astype("float64"), **_arrays(model, lstm))
            for name, lstm in (("context", "lstm1"), ("action", "lstm2"))
        ]
        expected = _softmax(np.concatenate(h, axis=-1) @ dense["W"] + dense["b"])
        same(predict(model, clip())["stage1"][n], expected, model)


def test_the_order_inside_a_concatenation_only_permutes_rows():
    one, other = build("concatenation"), build("concatenation", SWAPPED)
    other.set_weights(one.get_weights())
    kernel = np.asarray(one.get_layer("lstm1").cell.kernel)
    other.get_layer("lstm1").cell.kernel.assign(np.concatenate([kernel[4:], kernel[:4]]))
    same(predict(other, clip())["stage1"], predict(one, clip())["stage1"], one)


def test_stage_one_sees_only_its_feature_and_stage_two_not_its_probabilities():
    model, inputs = build(), clip()
    before = predict(model, inputs)
    changed = predict(model, {**inputs, "action": inputs["action"] + 1})
    np.testing.assert_array_equal(changed["stage1"], before["stage1"])
    assert np.abs(changed["stage2"] - before["stage2"]).max() > 0.01
    model.get_layer("stage1_dense").kernel.assign(np.ones((5, 3)))
    after = predict(model, inputs)
    np.testing.assert_array_equal(after["stage2"], before["stage2"])
    assert np.abs(after["stage1"] - before["stage1"]).max() > 0.01


def test_the_second_loss_trains_the_first_lstm_too():
    import tensorflow as tf

    model = build()
    for stage, untouched in (("stage1", {"lstm2", "stage2_dense"}), ("stage2", {"stage1_dense"})):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.math.log(model(clip())[stage][..., 0]))
        values = {layer.name: layer.trainable_weights[0].value for layer in model.layers if layer.weights}
        gradients = dict(zip(values, tape.gradient(loss, list(values.values())), strict=True))
        assert {name for name, gradient in gradients.items() if gradient is None} == untouched


def test_the_dropped_hidden_state_feeds_both():
    model = build(dropout=0.3)
    dropped = model.get_layer("lstm1_dropout").output
    assert model.get_layer("stage1_dense").input is dropped
    assert model.get_layer("lstm2").input[0] is dropped
    assert model.get_layer("stage2_dense").input is model.get_layer("lstm2_dropout").output
    assert {model.get_layer(f"lstm{i}_dropout").rate for i in (1, 2)} == {0.3}
    first, second = (np.asarray(model(clip(), training=True)["stage2"]) for _ in range(2))
    assert np.abs(first - second).max() > 0.01


def test_probabilities_stay_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = build()
        assert model.get_layer("lstm1").compute_dtype == "float16"
        assert {p.dtype for p in model.output.values()} == {"float32"}
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize(
    ("variant", "features", "settings", "message"),
    [
        ("two_stage", WIDTHS, {}, "variant 'two_stage'; wanted one of ms_lstm, single_lstm"),
        ("ms_lstm", WIDTHS, {"cell": "gru"}, "cell 'gru'; wanted one of lstm, peephole"),
        ("single_lstm", WIDTHS, {}, "single_lstm takes one feature, got 2"),
        ("parallel", {"context": 4}, {}, "parallel takes several features, got 1"),
    ],
)
def test_what_cannot_be_built_is_refused(variant, features, settings, message):
    with pytest.raises(ValueError, match=message):
        build(variant, features, **settings)

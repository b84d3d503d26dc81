"""Paper 4's networks: shapes, first values, starts, and frame by frame."""

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network
from helpers.half import needs_half_products
from helpers.initial_weights import vary
from repro.backbones.weights import named_weights
from repro.paper4 import model as paper4
from repro.paper4.losses import SnippetCrossEntropy
from repro.types import InputError

T, CLASSES = 3, 3
SMALL = {
    "steps": T,
    "classes": CLASSES,
    "map_shape": (3, 2, 5),
    "vector_shape": (7,),
    "units": 4,
    "attention_units": 6,
    "head_units": 8,
}
ATTENDS = ("alstm", "conv_alstm", "motion_alstm", "video_lstm")


def small(architecture: str, **options) -> keras.Model:
    return paper4.build(architecture, **{**SMALL, **options})


def features(model: keras.Model, batch: int = 2, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    shapes = {name: (batch, *tensor.shape[1:]) for name, tensor in model.input.items()}
    return {name: rng.normal(0, 2, shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.mark.parametrize("architecture", paper4.ARCHITECTURES)
def test_every_frame_has_probabilities(architecture):
    model = vary(small(architecture))
    assert tuple(model.input) == tuple(name for name, _ in paper4.inputs_of(architecture))
    found = model.predict_on_batch(features(model))
    assert set(found) == {"frame"}
    assert found["frame"].dtype == np.float32
    assert found["frame"].shape == (2, T, CLASSES)
    np.testing.assert_allclose(found["frame"].sum(axis=-1), 1, rtol=1e-6)
    assert np.ptp(found["frame"], axis=1).max() > 1e-3  # frames differ


@pytest.mark.parametrize("architecture", paper4.ARCHITECTURES)
def test_the_views_show_the_same_network(architecture):
    model = vary(small(architecture))
    inputs = features(model)
    seen = paper4.views(model).predict_on_batch(inputs)
    frame = model.predict_on_batch(inputs)["frame"]
    assert_same_float32(seen["frame"], frame, of_network(model, times=T), scale=1)
    maps = architecture in ("conv_lstm", "conv_alstm", "video_lstm")
    assert seen["cell"].shape == (2, T, *((3, 2) if maps else ()), 4)
    assert ("attention" in seen) == (architecture in ATTENDS)
    if architecture in ATTENDS:
        assert seen["attention"].shape == (2, T, 3, 2)
        np.testing.assert_allclose(seen["attention"].sum(axis=(2, 3)), 1, rtol=1e-6)
        assert np.ptp(seen["attention"]) > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("architecture", paper4.ARCHITECTURES)
def test_frame_by_frame_equals_the_whole(architecture):
    model = vary(small(architecture, initial="learned", initial_from="first"))
    inputs = features(model)
    whole, step = paper4.views(model).predict_on_batch(inputs), paper4.step_model(model)
    state = paper4.start(model, {name: x[:, 0] for name, x in inputs.items()})
    assert all(np.abs(s).max() > 0.01 for s in state.values())
    for t in range(T):
        now = step.predict_on_batch({**{name: x[:, t] for name, x in inputs.items()}, **state})
        state = {name: now[name] for name in state}
        views = {"frame": "frame", "c": "cell"} | ({"attention": "attention"} if "attention" in now else {})
        assert ("attention" in views) == (architecture in ATTENDS)
        for name, view in views.items():  # all of order 1
            roundings = of_network(model, times=t + 1)
            assert_same_float32(now[name], whole[view][:, t], roundings, scale=1, name=name)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", paper4.ARCHITECTURES)
def test_a_start_of_the_code_is_learned_where_there_is_attention(architecture):
    model = small(architecture)
    names = named_weights(model)
    assert ("recurrence/top_start_kernel" in names) == (architecture in ATTENDS)
    assert not [name for name in named_weights(small(architecture, initial="zeros")) if "start" in name]
    assert "recurrence/top_start_kernel" in named_weights(small(architecture, initial="learned"))
    state = paper4.start(
        small(architecture, initial="zeros"), {n: x[:, 0] for n, x in features(model).items()}
    )
    assert all(s.dtype == np.float32 and not s.any() for s in state.values())


@pytest.mark.parametrize("architecture", ["motion_alstm", "video_lstm"])
def test_weights_of_one_length_serve_another(architecture):
    """Cut after two frames: the same probabilities there, with the start from the first frame."""
    long = vary(small(architecture, initial_from="first"))
    short = small(architecture, steps=2, initial_from="first")
    source = named_weights(long)
    for name, variable in named_weights(short).items():
        variable.assign(source[name])
    inputs = features(long)
    expected = long.predict_on_batch(inputs)["frame"][:, :2]
    found = short.predict_on_batch({name: x[:, :2] for name, x in inputs.items()})["frame"]
    assert_same_float32(found, expected, of_network(long, times=2), scale=1)


@pytest.mark.slow
def test_first_values_are_those_of_the_code():
    """Map models: uniform in +-1/sqrt(n). Vector models: normal of deviation 0.1. Biases 0."""
    sizes = {
        "units": 32,
        "attention_units": 32,
        "head_units": 64,
        "map_shape": (3, 2, 16),
        "vector_shape": (64,),
    }
    found = {name: np.asarray(v) for name, v in named_weights(small("video_lstm", **sizes)).items()}
    edges = {
        "recurrence/top_kernel": 16**-0.5,
        "recurrence/bottom_extra_kernel": 32**-0.5,
        "recurrence/attention_kernel": 32**-0.5,
        "hidden/kernel": 64**-0.5,
        "scores/kernel": CLASSES**-0.5,
    }
    for name, edge in edges.items():
        assert 0.9 * edge < np.abs(found[name]).max() <= edge, name
    vectors = {name: np.asarray(v) for name, v in named_weights(small("motion_alstm", **sizes)).items()}
    for name, values in vectors.items():
        if "bias" not in name and values.size > 1000:
            assert values.std() == pytest.approx(0.1, rel=0.1), name
            assert np.abs(values).max() > 0.25, name
    assert not any(values.any() for name, values in {**found, **vectors}.items() if "bias" in name)


@pytest.mark.slow
@pytest.mark.parametrize(("score_start", "of_maps"), [("same", 0.1), ("code", 3**-0.5)])
def test_w_z_starts_with_the_same_spread_on_maps_and_on_vectors(score_start, of_maps):
    """A23; uniform in +-1 has a deviation of 1 / sqrt(3). 1000 values: 0.1 of it is four deviations."""
    keras.utils.set_random_seed(0)
    for architecture, std in (("alstm", 0.1), ("conv_alstm", of_maps), ("video_lstm", of_maps)):
        model = small(architecture, attention_units=1000, score_start=score_start)
        score = np.asarray(named_weights(model)["recurrence/attention_score"])
        assert score.std() == pytest.approx(std, rel=0.1), architecture


def test_motion_may_reach_a_vector_lstm_as_the_mean_of_a_map():
    """A24, whole and frame by frame: places do not matter, and equal places are their own mean."""
    model = vary(small("motion_alstm", motion_feature="pool5", initial_from="first"))
    assert model.input["motion"].shape == (None, T, 3, 2, 5)
    inputs = features(model)
    still = {
        **inputs,
        "motion": np.broadcast_to(inputs["motion"].mean(axis=(2, 3), keepdims=True), (2, T, 3, 2, 5)),
    }
    frame = model.predict_on_batch(inputs)["frame"]
    same = model.predict_on_batch(still)["frame"]
    assert_same_float32(same, frame, of_network(model, times=T), scale=1)
    state = paper4.start(model, {name: x[:, 0] for name, x in inputs.items()})
    now = paper4.step_model(model).predict_on_batch({**{n: x[:, 0] for n, x in inputs.items()}, **state})
    assert_same_float32(now["frame"], frame[:, 0], of_network(model, times=1), scale=1)


def _drops(model: keras.Model) -> list[float]:
    return [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout) and layer.rate]


@pytest.mark.parametrize("architecture", paper4.ARCHITECTURES)
def test_dropout_of_the_paper_and_of_the_authors(architecture):
    vectors = architecture in ("lstm", "alstm", "motion_alstm")
    assert _drops(small(architecture)) == [0.7]
    assert _drops(small(architecture, head_style="authors")) == ([0.5, 0.5] if vectors else [0.7])


@pytest.mark.slow
def test_dropout_takes_seven_units_of_ten_and_others_at_every_frame():
    model = small("lstm", steps=50, head_units=400)
    kept = keras.Model(model.input, model.get_layer("drop_hidden").output)
    hidden = np.asarray(kept(features(model, batch=1), training=True))  # [B T, 400]
    assert (hidden == 0).mean() == pytest.approx(0.7, abs=0.02)
    assert ((hidden[0] == 0) != (hidden[1] == 0)).any()


def test_a_video_lstm_starts_from_its_trained_parts():
    model, rgb, flow = vary(small("video_lstm")), vary(small("conv_alstm"), 1), vary(small("conv_lstm"), 2)
    before = {name: np.array(v) for name, v in named_weights(model).items()}
    arrays = [{name: np.array(v) for name, v in named_weights(part).items()} for part in (rgb, flow)]
    names = paper4.init_from_parts(model, *arrays)
    after = {name: np.asarray(v) for name, v in named_weights(model).items()}
    for name, values in after.items():
        if name in (
            "recurrence/bottom_kernel",
            "recurrence/bottom_recurrent_kernel",
            "recurrence/bottom_bias",
        ):
            expected = arrays[1][name.replace("bottom", "top")]
        elif "bottom" in name:
            expected = before[name]
            assert name not in names
        else:
            expected = arrays[0][name]
        np.testing.assert_array_equal(values, expected, err_msg=name)


@pytest.mark.slow
def test_parts_of_another_size_are_refused_and_nothing_is_set():
    model = small("video_lstm", motion_kernel=1)
    before = model.get_weights()
    arrays = [
        {name: np.array(v) for name, v in named_weights(vary(small(a))).items()}
        for a in ("conv_alstm", "conv_lstm")
    ]
    with pytest.raises(InputError, match=r"bottom_kernel wants shape \(1, 1, 5, 16\).* has \(3, 3, 5, 16\)"):
        paper4.init_from_parts(model, *arrays)
    with pytest.raises(InputError, match="top_kernel has None"):
        paper4.init_from_parts(small("video_lstm"), arrays[0], {})
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_unknown_names_are_refused():
    for options, message in (
        ({"head_style": "code"}, "head_style 'code'; wanted one of paper, authors"),
        ({"initial": "ones"}, "initial 'ones'; wanted one of code, learned, zeros"),
        ({"initial_from": "last"}, "start 'last'; wanted one of"),
        ({"motion_kernel": 5}, "motion_kernel 5; wanted one of 3, 1"),
        ({"motion_feature": "fc6"}, "motion_feature 'fc6'; wanted one of fc7, pool5"),
        ({"score_start": "1"}, "score_start '1'; wanted one of same, code"),
    ):
        with pytest.raises(ValueError, match=message):
            small("video_lstm", **options)
    with pytest.raises(ValueError, match="architecture 'gru'; wanted one of lstm, alstm"):
        paper4.build("gru", steps=1, classes=2)


@needs_half_products
@pytest.mark.slow
def test_in_half_precision_the_probabilities_stay_float32():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        half = small("video_lstm", initial_from="first")
    finally:
        keras.config.set_dtype_policy("float32")
    whole = vary(small("video_lstm", initial_from="first"))
    half.set_weights(whole.get_weights())
    inputs = features(whole)
    found = half.predict_on_batch(inputs)["frame"]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, whole.predict_on_batch(inputs)["frame"], rtol=0, atol=0.05)
    first = paper4.start(half, {name: x[:, 0] for name, x in inputs.items()})
    now = paper4.step_model(half).predict_on_batch({**{n: x[:, 0] for n, x in inputs.items()}, **first})
    np.testing.assert_allclose(now["frame"], found[:, 0], rtol=0, atol=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", paper4.ARCHITECTURES)
def test_every_weight_is_trained_and_the_loss_falls(architecture):
    model = vary(small(architecture, dropout=0.0), gain=1.0)
    model.compile(keras.optimizers.RMSprop(0.01), {"frame": SnippetCrossEntropy()}, jit_compile=False)
    inputs, labels = features(model, batch=6), np.arange(6) % CLASSES
    before = model.get_weights()
    losses = [model.train_on_batch(inputs, {"frame": labels}) for _ in range(15)]
    for (name, _), a, b in zip(named_weights(model).items(), before, model.get_weights(), strict=False):
        assert np.abs(a - b).max() > 1e-4, name
    assert losses[-1] < 0.9 * losses[0]

"""Paper 3's decoder: the oracle, what must be equal, first values, training."""

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_terms
from helpers.decoders import KINDS, SIZES, D, K, N, T, U, V, expected, fill, inside, said, small
from helpers.half import needs_half_products
from helpers.initial_weights import vary
from repro.backbones.weights import named_weights
from repro.paper3 import losses
from repro.paper3 import model as paper3

ATTENDING = [kind for kind in KINDS if kind not in ("lstm", "mean")]


@pytest.mark.parametrize("kind", KINDS)
def test_it_equals_plain_loops(kind, float64):
    model, named, inputs = small(kind)
    found, shown = said(inside(model), inputs), said(model, inputs)
    for sample in range(2):
        wanted = expected(kind, named, inputs, sample)
        for name in found.keys() - {"scores"}:
            np.testing.assert_allclose(found[name][sample], wanted[name], rtol=0, atol=1e-12)
        for name in shown:
            assert shown[name].dtype == np.float32
            # The last function of an output is in float32: K or T exponentials, their sum, their shares.
            assert_same_float32(shown[name][sample], wanted[name], of_terms(4 + max(K, T)), scale=1)


@pytest.mark.parametrize("kind", KINDS)
def test_shapes(kind):
    model, _, inputs = small(kind)
    steps = 1 if KINDS[kind].get("variant") == "b" else N
    found = model.predict_on_batch({name: x.astype("float32") for name, x in inputs.items()})
    shapes = {name: (x.shape, x.dtype) for name, x in found.items()}
    frame = {"frame": ((2, steps, K), np.float32)}
    assert shapes == (frame if kind not in ATTENDING else {**frame, "weights": ((2, steps, T), np.float32)})
    assert {name: x.shape for name, x in model.input.items()} == (
        {"input": (None, N, D)} if kind == "lstm" else {"input": (None, N, D), "attended": (None, T, V)}
    )


def test_without_d_it_is_the_vanilla_lstm(float64):
    _, named, inputs = small("a")
    closed = {name: w * 0 if name.startswith("D_") else w for name, w in named.items()}
    plain = {
        name: w for name, w in named.items() if name not in ("W_a", "b_a", "W_h", "v") and name[0] != "D"
    }
    vanilla = fill(paper3.build(**SIZES), plain)
    wanted = said(vanilla, {"input": inputs["input"]})["frame"]
    of_d_0 = fill(paper3.build(**SIZES, **KINDS["a"]), closed)
    assert_same_float32(said(of_d_0, inputs)["frame"], wanted, of_terms(4 + K), scale=1)
    of_d = fill(paper3.build(**SIZES, **KINDS["a"]), named)
    assert np.abs(said(of_d, inputs)["frame"] - wanted).max() > 0.01


def test_frames_weighted_alike_are_what_attention_sees_in_equal_frames(float64):
    """With the same weights: of T equal frames any weighted mean is the frame."""
    attending, named, inputs = small("a")
    same = {**inputs, "attended": np.repeat(inputs["attended"][:, :1], T, axis=1)}
    plain = {name: w for name, w in named.items() if name not in ("W_a", "b_a", "W_h", "v")}
    mean = fill(paper3.build(**{**SIZES, **KINDS["mean"]}), plain)
    np.testing.assert_allclose(said(inside(mean), same)["h"], said(inside(attending), same)["h"], atol=1e-12)
    assert np.abs(said(inside(mean), inputs)["h"] - said(inside(attending), inputs)["h"]).max() > 0.01


def test_before_its_last_step_variant_b_is_the_vanilla_lstm(float64):
    b, named, inputs = small("b")
    plain = {
        name: w for name, w in named.items() if name not in ("W_a", "b_a", "W_h", "v") and name[0] != "D"
    }
    wanted = said(inside(fill(paper3.build(**SIZES), plain)), {"input": inputs["input"]})["h"]
    found = said(inside(b), inputs)["h"]
    assert found.shape == wanted.shape == (2, N, U)
    np.testing.assert_allclose(found[:, :-1], wanted[:, :-1], rtol=0, atol=1e-15)
    assert np.abs(found[:, -1] - wanted[:, -1]).max() > 0.01


@pytest.mark.slow
def test_of_one_step_both_variants_are_the_same(float64):
    a, named, inputs = small("a")
    inputs = {**inputs, "input": inputs["input"][:, :1]}
    found = [
        said(inside(fill(paper3.build(**{**SIZES, "steps": 1}, **KINDS[kind]), named)), inputs)["h"]
        for kind in ("a", "b")
    ]
    np.testing.assert_allclose(*found, rtol=0, atol=1e-15)
    np.testing.assert_allclose(found[0], said(inside(a), small("a")[2])["h"][:, :1], rtol=0, atol=1e-15)


@pytest.mark.parametrize("kind", ATTENDING)
def test_frames_in_another_order_change_no_score(kind, float64):
    model, _, inputs = small(kind)
    order = [3, 0, 4, 1, 2]
    found = said(inside(model), inputs)
    moved = said(inside(model), {**inputs, "attended": inputs["attended"][:, order]})
    np.testing.assert_allclose(moved["scores"], found["scores"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(moved["weights"], found["weights"][..., order], rtol=0, atol=1e-13)
    assert np.ptp(found["weights"], axis=-1).max() > 0.1


def test_the_attention_follows_the_state():
    """It reads h_{t-1}: of the windows' inputs the first step's weights see nothing, the second's do."""
    model, _, inputs = small("a")
    other = {**inputs, "input": inputs["input"][::-1].copy()}
    change = np.abs(said(model, inputs)["weights"] - said(model, other)["weights"]).max(axis=(0, 2))
    assert change[0] == 0
    assert (change[1:] > 1e-3).all()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "sigmoid"])
def test_probabilities_and_their_means_sum_to_one(kind):
    model, _, inputs = small(kind)
    y = said(model, inputs)["frame"]
    np.testing.assert_allclose(y.sum(axis=-1), 1, rtol=1e-6)
    np.testing.assert_allclose(y.mean(axis=(0, 1)).sum(), 1, rtol=1e-6)


def test_sigmoids_do_not_share():
    model, _, inputs = small("sigmoid")
    assert np.ptp(said(model, inputs)["frame"].sum(axis=-1)) > 0.1


def test_first_values():
    """Glorot uniform; the recurrent kernel orthogonal; biases, even the forget gate's, start, peepholes 0."""
    model = paper3.build(
        steps=1, input_width=30, classes=50, attended_shape=(2, 60), units=40, attention_units=200,
        peephole=True, learn_initial_state=True,
    )  # fmt: skip
    found = {name: np.asarray(w) for name, w in named_weights(model).items()}
    recurrent = found.pop("decoder/lstm_recurrent_kernel")
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(40), rtol=0, atol=1e-5)
    for name, w in found.items():
        if "bias" in name or "peephole" in name or "initial" in name:
            assert not w.any(), name
        else:
            edge = np.sqrt(6 / sum(w.shape))
            assert 0.85 * edge < np.abs(w).max() <= edge, name


@pytest.mark.parametrize("kind", ["lstm", "a", "b", "mean"])
def test_weights_fit_any_number_of_steps_and_frames(kind):
    """Only so can a network be trained on twelve frames and looked at on twenty-four."""
    shapes = [
        {name: tuple(w.shape) for name, w in named_weights(paper3.build(**sizes)).items()}
        for sizes in (
            {**SIZES, **KINDS[kind]},
            {**SIZES, **KINDS[kind], "steps": 2} | ({"attended_shape": (9, V)} if kind != "lstm" else {}),
        )
    ]
    assert shapes[0] == shapes[1]


def test_unknown_names_are_refused():
    for options, message in (
        ({"activation": "relu"}, "activation 'relu'; wanted one of softmax, sigmoid"),
        ({"variant": "c", **KINDS["a"]}, "variant 'c'; wanted one of a, b"),
        ({"variant": "b"}, "variant 'b' without attention; wanted attended_shape and"),
    ):
        with pytest.raises(ValueError, match=message):
            paper3.build(**SIZES, **options)


@needs_half_products
@pytest.mark.slow
def test_in_half_precision_the_outputs_stay_float32():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        half = paper3.build(**SIZES, **KINDS["b"])
    finally:
        keras.config.set_dtype_policy("float32")
    whole, _, inputs = small("b")
    half.set_weights(whole.get_weights())
    found, wanted = said(half, inputs), said(whole, inputs)
    for name in ("frame", "weights"):
        assert found[name].dtype == np.float32
        np.testing.assert_allclose(found[name], wanted[name], rtol=0, atol=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "loss_on"), [*((kind, "steps") for kind in KINDS), ("a", "mean")])
def test_every_weight_is_trained_and_the_loss_falls(kind, loss_on):
    model = vary(paper3.build(**{**SIZES, **KINDS[kind]}, dropout=0.0), gain=1.0)
    activation = KINDS[kind].get("activation", "softmax")
    loss = {"frame": losses.choose(activation, loss_on)}
    model.compile(keras.optimizers.SGD(0.3, momentum=0.9), loss, jit_compile=False)
    rng = np.random.default_rng(2)
    inputs = {name: rng.normal(size=(6, *x.shape[1:])) for name, x in model.input.items()}
    labels = np.arange(6) % K
    y = np.eye(K)[labels] if activation == "sigmoid" else labels
    before = model.get_weights()
    found = [model.train_on_batch(inputs, {"frame": y}) for _ in range(40)]
    for (name, _), a, b in zip(named_weights(model).items(), before, model.get_weights(), strict=False):
        assert np.abs(a - b).max() > 1e-4, name
    assert found[-1] < 0.9 * found[0]

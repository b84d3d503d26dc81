"""Paper 5's model: what it says, which loss reaches which weights, and what its outputs depend on."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.close import EPSILON, assert_same_float32, of_network
from helpers.initial_weights import vary
from helpers.joint import fill, numbered, rule, shapes_of_joint, shapes_of_lstm
from oracles import attention_gap as oracle
from repro.paper5 import model as paper5
from repro.paper5.losses import ClipCrossEntropy, GapLoss

pytestmark = pytest.mark.slow  # with all its like, too long for the fast tests

T, CLASSES, LAMBDA, ZETA = 4, 3, 1000.0, 1e-5
BOTH = ("pool4", "conv5_3")
SMALL = {
    "steps": T,
    "classes": CLASSES,
    "map_shape": (3, 2, 5),
    "channels": 4,
    "units": 4,
    "layers": 1,
    "fc_units": 6,
}
KINDS = {
    "late": (BOTH, {"layers": 3}),
    "early": (BOTH, {"fusion": "early", "layers": 2}),
    "2d": (BOTH, {"temporal_net": "2d"}),
    "straight": (BOTH, {"temporal_net": "none"}),
    "unsupervised": (BOTH, {"supervision": False}),
    "content": (BOTH, {"attention": "content"}),
    "single": (("conv5_3",), {"pyramid": False, "layers": 3}),
    "three": (("flow_conv5_3", *BOTH), {}),
    "conv3x3s2": (BOTH, {"reduce": "conv3x3s2", "map_shape": (7, 5, 5)}),
    "conv3x3_pool2": (BOTH, {"reduce": "conv3x3_pool2", "map_shape": (8, 6, 5)}),
    "zeros, first": (BOTH, {"init_state": "zeros", "attention_source": "first", "layers": 2}),
}
SOME_SLOW = [
    kind if kind in ("late", "straight") else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS
]
LABELS = np.array([2, 0])


def small(branches=BOTH, **options) -> keras.Model:
    return vary(paper5.build(branches, **{**SMALL, **options}), gain=1.1)


@functools.cache
def of_kind(kind: str) -> keras.Model:
    """For tests that leave the weights alone."""
    branches, options = KINDS[kind]
    return small(branches, **options)


def features(model: keras.Model, batch: int = 2, seed: int = 0) -> dict[str, np.ndarray]:
    """Not negative and mostly 0, as after VGG's ReLU."""
    rng = np.random.default_rng(seed)
    shapes = {name: (batch, *tensor.shape[1:]) for name, tensor in model.input.items()}
    return {name: np.maximum(rng.normal(0, 1, shape), 0).astype(np.float32) for name, shape in shapes.items()}


def say(model: keras.Model, inputs: dict[str, np.ndarray], **how) -> dict[str, np.ndarray]:
    """Without a graph, which takes longer to make than these networks to run."""
    return {name: np.asarray(tensor) for name, tensor in model(inputs, **how).items()}


def same(found, wanted, model: keras.Model, name: str = "") -> None:
    """Shares, or gaps between maps of shares: of order 1, by another order of the sums of T steps."""
    assert_same_float32(found, wanted, of_network(model, times=T), scale=1, name=name)


def compiled(model: keras.Model) -> keras.Model:
    gaps = {name for name in model.output if name.endswith("_gap")}
    model.compile(
        keras.optimizers.Adam(1e-3),
        loss={name: GapLoss() if name in gaps else ClipCrossEntropy() for name in model.output},
        loss_weights={name: LAMBDA if name in gaps else 1.0 for name in model.output},
        run_eagerly=True,
    )
    return model


# What it says


@pytest.mark.parametrize("kind", KINDS)
def test_outputs(kind):
    branches, model = KINDS[kind][0], of_kind(kind)
    assert set(model.input) == set(branches)
    heads = () if kind in ("straight", "unsupervised") else branches
    found = say(model, features(model))
    assert set(found) == {"frame", *heads, *(f"{branch}_gap" for branch in heads)}
    for name, array in found.items():
        assert array.dtype == np.float32
        assert array.shape == ((2,) if name.endswith("_gap") else (2, T, CLASSES)), name
        if not name.endswith("_gap"):
            np.testing.assert_allclose(array.sum(axis=-1), 1, rtol=1e-6)
            assert np.ptp(array, axis=1).max() > 1e-3, name  # frames differ


@pytest.mark.parametrize("kind", KINDS)
def test_the_views_show_the_same_network(kind):
    model = of_kind(kind)
    inputs = features(model)
    said, seen = say(model, inputs), say(paper5.views(model), inputs)
    assert set(seen) == {"frame", "attention", *(f"energy/{branch}" for branch in KINDS[kind][0])}
    same(seen["frame"], said["frame"], model)
    for name in set(seen) - {"frame"}:
        assert seen[name].shape == (2, T, 3, 2)
        np.testing.assert_allclose(seen[name].sum(axis=(2, 3)), 1, rtol=1e-5)
        assert np.ptp(seen[name]) > 1e-3
    for name in (name for name in said if name.endswith("_gap")):
        energy = seen[f"energy/{name.removesuffix('_gap')}"]
        gaps = ((energy - seen["attention"]) ** 2).sum(axis=(1, 2, 3))
        same(said[name], gaps, model, name)


def test_views_know_no_head():
    weights = {variable.path for variable in paper5.views(small()).weights}
    assert {path.split("/")[0] for path in weights} == {
        *(f"{branch}_{part}" for branch in BOTH for part in ("reduce", "conv1", "conv2")),
        *("recurrence", "prob"),
    }


def test_a_head_is_two_layers_and_a_softmax_of_every_frame():
    """C6 in NumPy, from the maps that the LSTM reads; the gap of those maps by the oracle."""
    model = small()
    inputs = features(model)
    maps = np.asarray(keras.Model(model.input, model.get_layer("pool4_maps").output)(inputs))
    h = maps.reshape(2, T, -1)
    for name in ("pool4_fc1", "pool4_fc2"):
        kernel, bias = model.get_layer(name).get_weights()
        h = np.maximum(h @ kernel + bias, 0)
    (kernel,) = model.get_layer("pool4_scores").get_weights()
    scores = np.exp(h @ kernel)
    said = say(model, inputs)
    same(said["pool4"], scores / scores.sum(axis=-1, keepdims=True), model)
    attention = say(paper5.views(model), inputs)["attention"]
    expected = [oracle.gap(*clip) for clip in zip(maps, attention, strict=True)]
    same(said["pool4_gap"], expected, model)


@pytest.mark.parametrize("kind", ["late", "straight", "single"])
def test_the_loss_is_the_papers(kind):
    """l_lstm + sum of l_3d: nothing halved, no bias decayed, the mean over the batch taken once."""
    branches, options = KINDS[kind]
    model = compiled(small(branches, **options))
    inputs = features(model)
    said = say(model, inputs)
    total = sum(ZETA * np.square(v.numpy()).sum() for v in model.trainable_weights if len(v.shape) > 1)
    for name, output in said.items():
        if name.endswith("_gap"):
            total += LAMBDA * output.mean()
        else:
            total -= np.log([output[clip, :, label] for clip, label in enumerate(LABELS)]).sum() / 2
    found = model.evaluate(inputs, dict.fromkeys(said, LABELS), verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("kind", SOME_SLOW)
def test_a_step_moves_every_weight(kind):
    branches, options = KINDS[kind]
    model = compiled(small(branches, **options, weight_decay=0.0))  # decay alone would move all but biases
    before = [variable.numpy() for variable in model.trainable_weights]
    model.train_on_batch(features(model, batch=8), dict.fromkeys(model.output, np.arange(8) % CLASSES))
    for variable, old in zip(model.trainable_weights, before, strict=True):
        assert not np.array_equal(variable.numpy(), old), variable.path
        assert np.isfinite(variable.numpy()).all(), variable.path


def test_first_values():
    """Glorot uniform kernels, biases 0: every softmax near uniform at the start."""
    keras.utils.set_random_seed(0)  # of few values even the largest may be small
    model = paper5.build(BOTH, **{**SMALL, "channels": 16, "fc_units": 64})
    for path in ("pool4_reduce", "conv5_3_conv1", "pool4_fc1", "conv5_3_scores", "prob"):
        kernel, *bias = model.get_layer(path).get_weights()
        area = np.prod(kernel.shape[:-2])
        limit = np.sqrt(6 / (area * (kernel.shape[-2] + kernel.shape[-1])))
        assert 0.8 * limit < np.abs(kernel).max() <= limit
        assert not np.any(bias)


# Which loss reaches which weights (C14, C15)


def reached(model: keras.Model, output: str) -> set[str]:
    """The layers that an output's own loss moves: its gradient is not 0 in some weight of theirs."""
    inputs = features(model)
    loss = GapLoss() if output.endswith("_gap") else ClipCrossEntropy()
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(loss.call(LABELS, model(inputs)[output]))
    weights = model.trainable_variables
    gradients = tape.gradient(value, [variable.value for variable in weights])
    moved = {v.path for v, g in zip(weights, gradients, strict=True) if g is not None and np.any(g)}
    return {"W_att" if path == "recurrence/attention" else path.split("/")[0] for path in moved}


def maps_of(*branches: str) -> set[str]:
    return {f"{branch}_{part}" for branch in branches for part in ("reduce", "conv1", "conv2")}


def head_of(branch: str) -> set[str]:
    return {f"{branch}_{part}" for part in ("fc1", "fc2", "scores")}


LSTM = {"recurrence", "W_att", "prob"}


def test_the_losses_train_disjoint_weights():
    model = of_kind("late")
    assert reached(model, "frame") == LSTM  # d l_lstm / d (3-d weights) = 0
    for branch in BOTH:
        assert reached(model, branch) == maps_of(branch) | head_of(branch)
        # d (attention term) / d (3-d weights) != 0, d l_3d / d W_att = 0, no head from the attention term
        assert reached(model, f"{branch}_gap") == maps_of(branch)


def test_without_g1_the_lstm_trains_the_maps_but_no_head():
    model = small(stop_features=False)
    assert reached(model, "frame") == LSTM | maps_of(*BOTH)
    assert reached(model, "pool4_gap") == maps_of("pool4")


def test_without_g2_the_attention_is_pulled_too():
    model = small(stop_attention=False)
    assert reached(model, "frame") == LSTM
    assert reached(model, "pool4_gap") == maps_of("pool4") | {"W_att", "recurrence"}


def test_without_either_a_gap_reaches_the_other_branch():
    model = small(stop_features=False, stop_attention=False)
    assert reached(model, "pool4_gap") == maps_of(*BOTH) | {"W_att", "recurrence"}


@pytest.mark.parametrize("stop_features", [True, False])
def test_the_straight_variant_trains_its_reduction_by_the_lstm(stop_features):
    """C22: G1 does not act where no branch loss is."""
    model = small(temporal_net="none", stop_features=stop_features)
    assert reached(model, "frame") == LSTM | {"pool4_reduce", "conv5_3_reduce"}


@pytest.mark.parametrize("stop_features", [True, False])
def test_without_supervision_the_lstm_trains_the_3d_networks(stop_features):
    """C26: there is nothing else to train them, so nothing is stopped."""
    model = small(supervision=False, stop_features=stop_features)
    assert reached(model, "frame") == LSTM | maps_of(*BOTH)


def test_attention_by_content_trains_no_3d_network():
    """C14 and C15 hold for it too."""
    model = of_kind("content")
    assert reached(model, "frame") == (LSTM - {"W_att"})
    assert reached(model, "pool4_gap") == maps_of("pool4")


@pytest.mark.parametrize("kind", ["late", "three", "straight", "content"])
def test_sets_of_parameters(kind):
    branches, _ = KINDS[kind]
    sets: dict[str, set[str]] = {}
    for variable in of_kind(kind).trainable_variables:
        sets.setdefault(paper5.parameter_set(variable.path), set()).add(variable.path.split("/")[0])
    assert sets.pop("lstm") == {"recurrence", "prob"}
    own = {b: {f"{b}_reduce"} if kind == "straight" else maps_of(b) | head_of(b) for b in branches}
    assert sets == own


# What the outputs depend on (paper5.md 10.2)


def test_clips_of_a_batch_do_not_meet():
    model = of_kind("late")
    inputs = features(model, batch=3)
    together = say(model, inputs)
    for clip in range(3):
        alone = say(model, {name: maps[clip : clip + 1] for name, maps in inputs.items()})
        for name, expected in together.items():
            same(alone[name][0], expected[clip], model, name)


def test_branches_change_places_together_with_their_weights():
    """Up to the widths of the initial states' means, here zeros: nothing says which branch comes first."""
    model = small(init_state="zeros")
    other = small(BOTH[::-1], init_state="zeros")
    twin = {"_1": "_2", "_2": "_1"}
    by_path = {variable.path: variable for variable in model.weights}
    for variable in other.weights:
        path = variable.path
        if path.startswith("recurrence/joint/") and path[-2:] in twin:
            path = path[:-2] + twin[path[-2:]]
        variable.assign(by_path[path])
    inputs = features(model)
    found, expected = say(other, inputs), say(model, inputs)
    for name in expected:
        same(found[name], expected[name], model, name)


def changed(before, after) -> list[bool]:
    """Whether each frame of the first clip is another; before, after [B, T, ...]."""
    pairs = zip(np.asarray(before)[0], np.asarray(after)[0], strict=True)
    return [not np.allclose(a, b, rtol=0, atol=1e-6) for a, b in pairs]


def with_frame_changed(inputs: dict[str, np.ndarray], at: int) -> dict[str, np.ndarray]:
    mask = np.arange(next(iter(inputs.values())).shape[1])[:, None, None, None] == at
    return {name: np.where(mask, np.float32(2) - maps, maps) for name, maps in inputs.items()}


def test_no_frame_sees_a_later_one():
    """With zeros for a start, and no network over time."""
    causal = paper5.views(small(temporal_net="none", init_state="zeros"))
    inputs = features(causal)
    before, after = say(causal, inputs), say(causal, with_frame_changed(inputs, at=2))
    assert changed(before["frame"], after["frame"]) == [False, False, True, True]
    # att_t is made from h_{t-1}: the frame itself is not in it.
    assert changed(before["attention"], after["attention"]) == [False, False, False, True]
    assert np.all(before["attention"][:, 0] == np.float32(1 / 6))
    knowing = small(temporal_net="none")  # starts from the mean of all frames
    before, after = say(knowing, inputs), say(knowing, with_frame_changed(inputs, at=2))
    assert changed(before["frame"], after["frame"]) == [True] * T


@pytest.mark.parametrize(
    ("net", "expected"),
    [("2d", [False, True, False, False, False]), ("3d", [True, True, True, True, False])],
)
def test_how_far_the_convolutions_see_in_time(net, expected):
    """In 3-d, two layers of three frames: two frames to either side."""
    model = small(temporal_net=net, steps=5)
    maps = keras.Model(model.input, model.get_layer("pool4_maps").output)
    inputs = features(model)
    assert changed(maps(inputs), maps(with_frame_changed(inputs, at=1))) == expected


def test_scales_divide_the_maps():
    model = small()
    scaled = small(scales={"pool4": 4.0, "conv5_3": 0.5})
    inputs = features(model)
    by_hand = {"pool4": inputs["pool4"] / 4, "conv5_3": inputs["conv5_3"] / 0.5}
    expected, found = say(model, by_hand), say(scaled, inputs)
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name])


@pytest.mark.parametrize("rates", [{"dropout_fc": 0.5}, {"dropout_lstm": 0.5}], ids=str)
def test_dropout_acts_in_training_and_only_where_it_is_asked_for(rates):
    model = small(**rates)
    inputs = features(model)
    still = say(model, inputs)
    training = say(model, inputs, training=True)
    differ = {name for name in still if not np.allclose(training[name], still[name], rtol=1e-4)}
    assert differ == ({"pool4", "conv5_3"} if "dropout_fc" in rates else {"frame"})


# The reductions (C2)


@pytest.mark.parametrize(
    ("how", "stored"),
    [
        ("pool_conv1x1", (11, 11, 5)),
        ("conv3x3s2", (24, 24, 5)),
        ("conv3x3_pool2", (24, 24, 5)),
        ("in_vgg", (11, 11, 4)),  # C27: nothing is left to reduce, and no weight does it
    ],
)
def test_every_reduction_ends_at_11_by_11(how, stored):
    model = paper5.build(
        ("pool4",),
        **{**SMALL, "map_shape": stored, "steps": 2},
        reduce=how,
        pyramid=False,
    )
    assert model.get_layer("pool4_maps").output.shape == (None, 2, 11, 11, 4)
    assert ("pool4_reduce" in {layer.name for layer in model.layers}) == (how != "in_vgg")


def test_worked_example_e_through_the_whole_model():
    """paper5.md 10.7: prob_3, the cross-entropy; the reduction passes X on, there is no network over time."""
    printed = {
        "early": ([0.23950329, 0.26204386, 0.25952678, 0.23892607], 4.17099170),
        "late": ([0.23901176, 0.26237807, 0.26011537, 0.23849479], 4.16769655),
    }
    x = {
        "pool4": rule((1, 3, 3, 3, 2), 101, shift=0.6),
        "conv5_3": rule((1, 3, 3, 3, 2), 102, scale=0.2, shift=1.1),
    }
    weights = {
        "joint": numbered(shapes_of_joint([10, 10], 3), 1),
        "lstm_2": numbered(shapes_of_lstm(3, 3), 29),
        "lstm_3": numbered(shapes_of_lstm(3, 3), 41),
        "W_att": rule((3, 9), 53),
    }
    for level in (1, 2, 3):
        numbers = {"h": 53 + 2 * level, "c": 59 + 2 * level}
        weights[f"start_{level}"] = {
            name: array
            for s, number in numbers.items()
            for name, array in ((f"U_{s}", rule((4, 3), number)), (f"u_{s}", rule((3,), number + 1)))
        }
    for fusion, (prob, entropy) in printed.items():
        model = paper5.build(
            BOTH,
            steps=3,
            classes=4,
            map_shape=(3, 3, 2),
            channels=2,
            units=3,
            temporal_net="none",
            fusion=fusion,
        )
        for branch in BOTH:
            model.get_layer(f"{branch}_reduce").set_weights([np.eye(2)[None, None], np.zeros(2)])
        fill(model.get_layer("recurrence"), weights)
        model.get_layer("prob").set_weights([rule((3, 4), 54)])
        frame = say(model, x)["frame"]
        same(frame[0, 2], prob, model)
        # Three frames, where about a quarter is given to the class: a logarithm passes on four times.
        found, within = (
            ClipCrossEntropy().call(np.array([2]), frame)[0],
            3 * 4 * of_network(model, times=3) * EPSILON,
        )
        assert float(found) == pytest.approx(entropy, rel=0, abs=within)


# Programming errors


@pytest.mark.parametrize(
    ("branches", "options", "words"),
    [
        ((), {}, "wanted one or more"),
        (("pool4", "pool4"), {}, "no two alike"),
        (("frame",), {}, "none frame or lstm"),
        (BOTH, {"reduce": "pool"}, "reduce 'pool'; wanted one of pool_conv1x1, conv3x3s2, conv3x3_pool2"),
        (BOTH, {"temporal_net": "4d"}, "temporal_net '4d'; wanted one of 3d, 2d, none"),
        (BOTH, {"attention_source": "last"}, "attention_source 'last'"),
    ],
)
def test_unknown_names(branches, options, words):
    with pytest.raises(ValueError, match=words):
        paper5.build(branches, **SMALL, **options)

"""The stacked LSTM of paper 5 over time: worked numbers, plain loops, causality, counts, first values."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.initial_weights import without_initializers
from helpers.joint import (
    GRID,
    KINDS,
    C,
    T,
    U,
    expected,
    fill,
    numbered,
    rule,
    shapes_of_joint,
    shapes_of_lstm,
    small,
)
from oracles import joint_lstm as oracle
from repro.recurrent.joint_attention import JointAttentionLSTM
from repro.recurrent.joint_lstm import FUSIONS
from repro.recurrent.pyramid import pyramid

E_MAPS = [rule((3, 3, 3, 2), 101, 0.1, 0.6), rule((3, 3, 3, 2), 102, 0.2, 1.1)]
E_STARTS = {
    f"start_{level}": {
        "U_h": rule((4, 3), 53 + 2 * level),
        "u_h": rule((3,), 54 + 2 * level),
        "U_c": rule((4, 3), 59 + 2 * level),
        "u_c": rule((3,), 60 + 2 * level),
    }
    for level in (1, 2, 3)
}
E_WEIGHTS = {
    "joint": numbered(shapes_of_joint([10, 10], 3), 1),
    "lstm_2": numbered(shapes_of_lstm(3, 3), 29),
    "lstm_3": numbered(shapes_of_lstm(3, 3), 41),
    "W_att": rule((3, 9), 53),
    **E_STARTS,
}
E_BOTH = {
    "mean": "0.60740741 0.57407407 1.14444444 1.07777778",
    "h_0 1": "0.51126758 0.51617482 -0.83069370",
    "h_0 3": "0.35690390 -0.08828804 -0.63514895",
    "att 1": "0.07975970 0.08380685 0.14369921 0.08273739 0.08693564 0.14906398 "
    "0.08582626 0.13354195 0.15462903",
    "x^1": "0.68830524 0.54078324 0.05583179 0.02392791 0.11254669 0.17961340 "
    "0.06711657 0.09410000 0.45281018 0.24314194",
}
E_PRINTED = {
    "early": {
        "h 1, t 1": "-0.01330054 -0.22454085 0.32946030",
        "h 2, t 1": "0.01062612 0.12978669 -0.17673116",
        "h 3, t 1": "-0.09124240 -0.03233391 0.21830219",
        "h 3, t 3": "-0.14210358 0.09054246 0.07569110",
        "att 3": "0.11576292 0.12150084 0.10292488 0.11535868 0.12107656 0.10256547 "
        "0.11495585 0.10364749 0.10220731",
        "prob": "0.23950329 0.26204386 0.25952678 0.23892607",
        "cross entropy": "4.17099170",
        "from layer 1": "0.23952127 0.26203242 0.25950477 0.23894154",
        "zeros": "0.23523496 0.26461053 0.26486338 0.23529113",
    },
    "late": {
        "h 1, t 1": "0.25061355 -0.26017031 0.33974730",
        "h 2, t 1": "0.00881542 0.09554734 -0.16306279",
        "h 3, t 1": "-0.09162335 -0.03191453 0.21919249",
        "h 3, t 3": "-0.14291144 0.09266813 0.07189636",
        "att 3": "0.11562472 0.12161500 0.10296091 0.11522936 0.12119916 0.10260885 "
        "0.11483535 0.10366865 0.10225800",
        "prob": "0.23901176 0.26237807 0.26011537 0.23849479",
        "cross entropy": "4.16769655",
        "from layer 1": "0.23901696 0.26237156 0.26011102 0.23850046",
        "zeros": "0.23472807 0.26488959 0.26551569 0.23486665",
    },
}


def printed(values):
    return " ".join(f"{value:.8f}" for value in np.ravel(values))


def run(layer, maps):
    return {name: np.asarray(x) for name, x in layer(maps).items()}


def example_e(fusion, **options):
    """The layer with the weights of the example, and what it says of its one clip."""
    layer = JointAttentionLSTM(3, branches=2, fusion=fusion, dtype="float64", **options)
    maps = [x[None] for x in E_MAPS]
    layer.build([x.shape for x in maps])
    starts = {} if layer.starts else E_STARTS
    fill(layer, {part: named for part, named in E_WEIGHTS.items() if part not in starts})
    return layer, {name: x[0] for name, x in run(layer, maps).items()}


def probabilities(h):
    scores = h @ rule((3, 4), 54)
    return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)


def test_the_maps_of_example_e():
    np.testing.assert_allclose(E_MAPS[0][0, 0], [(0.7, 0.3), (1.0, 0.6), (0.2, 0.9)], rtol=0, atol=1e-12)
    np.testing.assert_allclose(E_MAPS[1][0, 0], [(1.9, 1.1), (0.3, 1.7), (0.9, 0.1)], rtol=0, atol=1e-12)
    assert printed(np.concatenate([x.mean(axis=(0, 1, 2)) for x in E_MAPS])) == E_BOTH["mean"]


@pytest.mark.parametrize("fusion", FUSIONS)
def test_example_e(fusion):
    """paper5.md 10.7, every printed digit, of the layer and of the plain loops."""
    want = E_PRINTED[fusion]
    layer, said = example_e(fusion)
    states = layer.start_state([x[None] for x in E_MAPS])
    first = [np.asarray(state[0])[0] for state in states]
    for level in (1, 3):
        assert printed(first[level - 1]) == E_BOTH[f"h_0 {level}"]
        assert printed(oracle.start(E_MAPS, E_STARTS[f"start_{level}"])[0]) == E_BOTH[f"h_0 {level}"]
    loops = oracle.sequence(E_MAPS, E_WEIGHTS, fusion=fusion)
    assert printed(said["attention"][0]) == printed(loops["attention"][0]) == E_BOTH["att 1"]
    assert printed(said["attention"][2]) == printed(loops["attention"][2]) == want["att 3"]
    att = said["attention"][:1].reshape(1, 9)
    xs = [pyramid(att, x[:1].reshape(1, 9, 2), layer.masks) for x in E_MAPS]
    assert printed(xs[0]) == printed(loops["x"][0, 0]) == E_BOTH["x^1"]
    h_1, _ = layer.lstms[0](xs, *states[0])
    h_2, _ = layer.lstms[1](h_1, *states[1])
    for level, h in enumerate((h_1, h_2, said["h"][0]), start=1):
        assert printed(h) == printed(loops["h"][0, level - 1]) == want[f"h {level}, t 1"]
    assert printed(said["h"][2]) == printed(loops["h"][2, 2]) == want["h 3, t 3"]
    prob = probabilities(said["h"])
    assert printed(prob[2]) == want["prob"]
    assert printed(-np.log(prob[:, 2]).sum()) == want["cross entropy"]


@pytest.mark.parametrize("fusion", FUSIONS)
def test_example_e_otherwise(fusion):
    """Attention from the first layer; zero states at the start, whose first map is even."""
    _, said = example_e(fusion, attention_source="first")
    assert printed(probabilities(said["h"][2])) == E_PRINTED[fusion]["from layer 1"]
    _, said = example_e(fusion, init_state="zeros")
    assert printed(probabilities(said["h"][2])) == E_PRINTED[fusion]["zeros"]
    np.testing.assert_allclose(said["attention"][0], np.full((3, 3), 1 / 9), rtol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_it_equals_plain_loops_alone_and_in_a_batch(kind):
    layer, weights, maps = small(kind)
    said = run(layer, maps)
    np.testing.assert_allclose(said["attention"].sum(axis=(2, 3)), 1, rtol=1e-14)
    for sample in range(2):
        wanted = expected(kind, weights, maps, sample)
        np.testing.assert_allclose(said["h"][sample], wanted["h"][:, -1], rtol=0, atol=1e-10)
        np.testing.assert_allclose(
            said["attention"][sample], wanted["attention"].reshape(T, *GRID), rtol=0, atol=1e-10
        )
        alone = run(layer, [x[sample : sample + 1] for x in maps])
        for name in said:
            np.testing.assert_allclose(alone[name][0], said[name][sample], rtol=0, atol=1e-13)


@pytest.mark.parametrize("kind", ["early", "overlap", "renormalise", "unit rms", "attention from the first"])
def test_every_reading_is_another_sequence(kind):
    """The same weights and maps."""
    layer, weights, maps = small(kind)
    other = JointAttentionLSTM(U, branches=2, dtype="float64")
    other.build([x.shape for x in maps])
    assert np.abs(run(layer, maps)["h"] - run(fill(other, weights), maps)["h"]).max() > 1e-3


def test_with_one_layer_top_and_first_are_the_same():
    layer, weights, maps = small("one layer")
    other = JointAttentionLSTM(U, branches=2, layers=1, attention_source="first", dtype="float64")
    other.build([x.shape for x in maps])
    np.testing.assert_array_equal(run(layer, maps)["h"], run(fill(other, weights), maps)["h"])


@pytest.mark.parametrize("t", [1, 3])
def test_what_comes_later_is_not_known(t):
    """From zero states h_1..h_t know no frame after t, nor do maps up to t + 1; from a mean they do."""
    for kind, known in (("zeros", True), ("late", False)):
        layer, _, maps = small(kind)
        changed = [x.copy() for x in maps]
        for x in changed:
            x[:, t:] += 1
        before, after = run(layer, maps), run(layer, changed)
        same_h = np.array_equal(before["h"][:, :t], after["h"][:, :t])
        same_maps = np.array_equal(before["attention"][:, : t + 1], after["attention"][:, : t + 1])
        assert same_h == same_maps == known
        assert np.abs(before["h"][:, t:] - after["h"][:, t:]).max() > 1e-3


@pytest.mark.parametrize("kind", ["late", "early", "renormalise", "unit rms", "content", "one branch"])
def test_every_weight_and_every_map_has_a_gradient(kind):
    layer, _, maps = small(kind)
    tensors = [tf.constant(x) for x in maps]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        loss = tf.reduce_sum(layer(tensors)["h"] ** 2)
    named = {v.name: v.value for v in layer.trainable_variables}
    for name, gradient in zip(
        [*named, "X^1", "X^2"], tape.gradient(loss, [*named.values(), *tensors]), strict=False
    ):
        assert np.isfinite(gradient).all(), name
        assert np.abs(gradient).max() > 1e-7, name


def test_attention_by_content_follows_what_moves_and_by_state_does_not():
    """Places mirrored: the first attention map is mirrored with them, or is the same.

    The first state is made of a mean over the places, which knows no order.
    """
    for kind, follows in (("content", True), ("late", False)):
        layer, _, maps = small(kind)
        first = run(layer, maps)["attention"][:, 0]
        turned = run(layer, [x[:, :, ::-1, ::-1] for x in maps])["attention"][:, 0]
        wanted = first[:, ::-1, ::-1] if follows else first
        np.testing.assert_allclose(turned, wanted, rtol=0, atol=1e-13)
        assert np.ptp(first) > 1e-2


def test_attention_by_content_is_as_wide_as_what_it_sees():
    """C24 at the paper's size: 512 x 512 + 1024 x 512 + 512 + 512 in place of 1024 x 121."""
    layer = JointAttentionLSTM(1024, branches=2, attention="content")
    with without_initializers():
        layer.build([(None, 30, 11, 11, 256)] * 2)
    assert layer.count_params() == 45_942_272 - 52_224 - 1024 * 121 + 787_456


def test_of_unit_rms_every_branch_enters_at_one_scale():
    """However weak the maps and however sharp the attention; zeros stay zeros."""
    layer, _, maps = small("unit rms")
    quiet = [x * scale for x, scale in zip(maps, (1e-2, 1e2), strict=True)]
    same = JointAttentionLSTM(U, branches=2, dtype="float64", unit_rms=True, init_state="zeros")
    same.build([x.shape for x in maps])
    np.testing.assert_allclose(run(same, quiet)["h"], run(same, maps)["h"], rtol=0, atol=1e-3)
    assert np.isfinite(run(layer, [x * 0 for x in maps])["h"]).all()


def test_a_region_that_attention_leaves_empty_has_a_finite_gradient():
    """All attention on one corner: the other three quadrants, renormalised, are 0 / 0 without a guard."""
    layer, _, maps = small("renormalise")
    states, W_att = np.ones((1, U)), np.zeros((U, GRID[0] * GRID[1]))
    W_att[:, 0] = 1e4
    att = tf.nn.softmax(states @ W_att)
    x = tf.constant(maps[0][:1, 0].reshape(1, -1, C))
    with tf.GradientTape() as tape:
        tape.watch([att, x])
        seen = pyramid(att, x, layer.masks, renormalise=True)
    assert np.isfinite(seen).all()
    assert all(np.isfinite(gradient).all() for gradient in tape.gradient(seen, [att, x]))


@pytest.mark.slow
@pytest.mark.graph
def test_compiled_it_is_the_same():
    layer, _, maps = small("late")
    inputs = [keras.Input(x.shape[1:], dtype="float64") for x in maps]
    model = keras.Model(inputs, layer(inputs))
    assert model.output["h"].shape == (None, T, U)
    assert model.output["attention"].shape == (None, T, *GRID)
    said = run(layer, maps)
    for name, found in model.predict_on_batch(maps).items():
        np.testing.assert_allclose(found, said[name], rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ({"branches": 2}, 45_993_472 - 103_424),
        ({"branches": 2, "fusion": "early"}, 45_942_272 - 52_224),
        ({"branches": 1, "pyramid": False}, 23_787_520 - 52_224),
    ],
    ids=str,
)
def test_parameter_counts_of_the_papers_size(options, parameters):
    """paper5.md 10.1: the LSTM module without W_prob."""
    layer = JointAttentionLSTM(1024, **options)
    with without_initializers():
        layer.build([(None, 30, 11, 11, 256)] * options["branches"])
    assert layer.count_params() == parameters


def test_first_values():
    """Every gate's matrix by itself: h to h orthogonal, else within Glorot's edge of one gate; biases 0."""
    keras.utils.set_random_seed(0)
    layer = JointAttentionLSTM(30, branches=1, pyramid=False, layers=2)
    layer.build([(None, T, 3, 4, 45)])
    for lstm, inputs in zip(layer.lstms, (45, 30), strict=True):
        gates = np.split(np.asarray(lstm.recurrent_kernel), 4, axis=-1)
        for gate in gates:
            np.testing.assert_allclose(gate.T @ gate, np.eye(30), rtol=0, atol=1e-5)
        assert np.abs(gates[0] - gates[1]).max() > 0.1
        np.testing.assert_array_equal(lstm.bias, np.zeros(120))
        edge = np.sqrt(6 / (inputs + 30))
        for gate in np.split(np.asarray(lstm.kernel), 4, axis=-1):
            assert 0.97 * edge < np.abs(gate).max() <= edge
    for start in layer.starts:
        of_h, of_c = np.split(np.asarray(start.kernel), 2, axis=-1)
        assert 0.97 * np.sqrt(6 / 75) < np.abs(of_h).max() <= np.sqrt(6 / 75)
        assert np.abs(of_h - of_c).max() > 0.1
        np.testing.assert_array_equal(start.bias, np.zeros(60))
    assert 0.95 * np.sqrt(6 / 42) < np.abs(np.asarray(layer.attention)).max() <= np.sqrt(6 / 42)
    assert np.abs(np.asarray(layer.lstms[0].recurrent_kernel - layer.lstms[1].recurrent_kernel)).max() > 0.1


@pytest.mark.parametrize("kind", ["final gate bias", "content", "one branch"])
def test_weight_decay_is_of_matrices_alone(kind):
    layer, weights, _ = small(kind, kernel_regularizer=keras.regularizers.L2(0.01))
    squares = sum(
        (w**2).sum()
        for part, named in weights.items()
        for name, w in ({part: named} if part == "W_att" else named).items()
        if name[0] in "WU"
    )
    assert float(sum(layer.losses)) == pytest.approx(0.01 * squares, rel=1e-6)


def test_names_of_the_weights_tell_the_layers_apart():
    layer, _, _ = small("late")
    names = [variable.name for variable in layer.weights]
    assert len(set(names)) == len(names)
    assert {name.rsplit("_", 1)[0] for name in names if "start" in name} == {"start_1", "start_2", "start_3"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"branches": 2, "attention_source": "last"}, "wanted one of top, first"),
        ({"branches": 2, "init_state": "ones"}, "wanted one of mean_feature, zeros"),
        ({"branches": 2, "attention": "both"}, "wanted one of state, content"),
        ({"branches": 1, "final_gate_bias": True}, "wanted 2 or more"),
        ({"branches": 1, "input_projection": 4}, "wanted 2 or more"),
    ],
)
def test_what_is_refused(options, says):
    with pytest.raises(ValueError, match=says):
        JointAttentionLSTM(3, **options)

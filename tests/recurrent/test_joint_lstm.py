"""The joint LSTM of paper 5: worked numbers, plain loops, its identities, its weights and first values."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.initial_weights import without_initializers
from helpers.joint import fill_joint, numbered, shapes_of_joint
from oracles import joint_lstm as oracle
from repro.recurrent.joint_lstm import FUSIONS, JointLSTM

seeds = st.integers(0, 2**16)
switches = {
    "plain": {},
    "projection": {"projected": 2},
    "bias": {"bias": True},
    "square projection, bias": {"projected": 3, "bias": True},
}


def layer_with(named, widths, units, fusion, *, projected=None, bias=False):
    layer = JointLSTM(
        units,
        branches=len(widths),
        fusion=fusion,
        input_projection=projected,
        final_gate_bias=bias,
        dtype="float64",
    )
    layer.build([(None, width) for width in widths])
    return fill_joint(layer, named)


def said(layer, xs, h, c):
    return [np.asarray(found) for found in layer(xs, h, c)]


def drawn(seed=0, widths=(4, 4), units=3, **options):
    """Weights, x^1..x^M [2, D], h and c [2, U]."""
    rng = np.random.default_rng(seed)
    shapes = shapes_of_joint(list(widths), units, **options)
    named = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return named, [rng.normal(size=(2, d)) for d in widths], *rng.normal(size=(2, 2, units))


def printed(values):
    return " ".join(f"{value:.8f}" for value in np.ravel(values))


EXAMPLE_A = """
    0.5 0.1 0.0   0.3 -0.2 0.1   0.4 0.2 -0.1   0.6 0.9 0.8   0.7
    -0.4 0.3 0.2   0.6 0.1 0.0   -0.3 0.5 0.2   0.5 -0.7 1.0   -0.9   0.25 0.05
"""
A_SUB = {"i_1": 0.41364444, "f_1": 0.25429553, "o_1": 0.29131261}
A_SUB |= {"i_2": 0.50797743, "f_2": -0.30950692, "o_2": 0.52266543}
A_GATES = {"i": 0.62297042, "f": 0.60957374, "o": 0.68042280}
A_STATES = {
    "early": {"g": 0.84828364, "c": 0.83324249, "h": 0.46419344},
    "late": {"g": 0.57566097, "c": 0.66340663, "h": 0.39507120},
}


@pytest.mark.parametrize("fusion", FUSIONS)
def test_example_a(fusion):
    """paper5.md 10.3. f and o come from their own sub-gates, not i^k (C9): 0.60957374, not 0.50417385."""
    shapes = shapes_of_joint([1, 1], 1)
    values = [float(value) for value in EXAMPLE_A.split()]
    named = {name: np.full(shape, v) for (name, shape), v in zip(shapes.items(), values, strict=True)}
    xs, h, c = [np.array([0.8]), np.array([-0.6])], np.array([0.4]), np.array([0.5])
    by_loops = oracle.joint(xs, h, c, named, fusion)
    for name, value in (A_SUB | A_GATES | A_STATES[fusion]).items():
        assert printed(by_loops[name]) == f"{value:.8f}", name
    found = said(layer_with(named, [1, 1], 1, fusion), [x[None] for x in xs], h[None], c[None])
    assert printed(found) == printed([A_STATES[fusion]["h"], A_STATES[fusion]["c"]])


B_PRINTED = {
    "i_1": "0.27290508 0.48154980 -0.36704179",
    "f_1": "-0.24491866 0.26362484",
    "o_1": "0.50797743 -0.23549575",
    "i_2": "0.11942730 -0.38847268 -0.37136023",
    "f_2": "0.46994520 -0.12927258",
    "o_2": "0.38847268 -0.22602835",
    "i": "0.42634682 0.51543360",
    "f": "0.51624924 0.48546538",
    "o": "0.53012730 0.56385661",
}
B_STATES = {
    "early": {
        "g": "-0.40532131 -0.40949140",
        "c": "-0.27605730 0.12876014",
        "h": "-0.14273789 0.07220367",
    },
    "late": {
        "g": "0.08289642 -0.30403274",
        "c": "-0.06790722 0.18311707",
        "h": "-0.03594424 0.10211297",
    },
}


@pytest.mark.parametrize("fusion", FUSIONS)
def test_example_b(fusion):
    """paper5.md 10.4."""
    named = numbered(shapes_of_joint([3, 3], 2), 1)
    assert list(named)[:2] == ["W_xi_1", "W_hi_1"]
    assert list(named)[26:] == ["W_hc", "b_c"]
    by_hand = [[-0.2, 0.5, 0.1], [-0.3, 0.4, 0.0], [-0.4, 0.3, -0.1]]
    np.testing.assert_allclose(named["W_xi_1"], by_hand, rtol=0, atol=1e-12)
    np.testing.assert_allclose(named["W_xc_1"], [[0.1, -0.3], [0.4, 0.0], [-0.4, 0.3]], rtol=0, atol=1e-12)
    np.testing.assert_allclose(named["W_hc"], [[-0.1, -0.5], [0.2, -0.2]], rtol=0, atol=1e-12)
    xs = [np.array([1.0, -0.5, 0.25]), np.array([0.2, 0.4, -0.8])]
    h, c = np.array([0.3, -0.6]), np.array([-0.2, 0.7])
    by_loops = oracle.joint(xs, h, c, named, fusion)
    for name, values in (B_PRINTED | B_STATES[fusion]).items():
        assert printed(by_loops[name]) == values, name
    h_t, c_t = said(layer_with(named, [3, 3], 2, fusion), [x[None] for x in xs], h[None], c[None])
    assert printed(h_t) == B_STATES[fusion]["h"]
    assert printed(c_t) == B_STATES[fusion]["c"]


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("options", switches.values(), ids=switches)
@pytest.mark.parametrize("widths", [(4, 4), (4, 4, 4), (4, 5)], ids=str)
def test_it_equals_plain_loops_alone_and_in_a_batch(fusion, options, widths):
    named, xs, h, c = drawn(widths=widths, **options)
    layer = layer_with(named, widths, 3, fusion, **options)
    together = np.stack(said(layer, xs, h, c))
    for n in range(2):
        wanted = oracle.joint([x[n] for x in xs], h[n], c[n], named, fusion)
        np.testing.assert_allclose(together[:, n], [wanted["h"], wanted["c"]], rtol=0, atol=1e-12)
        alone = said(layer, [x[n : n + 1] for x in xs], h[n : n + 1], c[n : n + 1])
        np.testing.assert_allclose(np.stack(alone)[:, 0], together[:, n], rtol=0, atol=1e-14)


def test_the_stepper_is_the_layer():
    named, xs, h, c = drawn()
    layer = layer_with(named, (4, 4), 3, "late")
    found, wanted = layer.stepper()(xs, h, c), said(layer, xs, h, c)
    np.testing.assert_allclose(np.stack(found), np.stack(wanted), rtol=0, atol=1e-14)


@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(seed=seeds)
def test_late_fusion_through_open_sub_gates_is_early_fusion(seed):
    """b_i^k so large that i^k = 1."""
    named, xs, h, c = drawn(seed)
    open_gates = {**named, "b_i_1": np.full(4, 60.0), "b_i_2": np.full(4, 60.0)}
    late, early = (said(layer_with(open_gates, (4, 4), 3, fusion), xs, h, c) for fusion in FUSIONS)
    np.testing.assert_allclose(late, early, rtol=0, atol=1e-14)
    late, early = (said(layer_with(named, (4, 4), 3, fusion), xs, h, c) for fusion in FUSIONS)
    assert np.abs(late[1] - early[1]).max() > 1e-4


@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(seed=seeds, fusion=st.sampled_from(FUSIONS))
def test_branches_that_change_places_with_their_weights_change_nothing(seed, fusion):
    named, xs, h, c = drawn(seed)
    other = {"1": "2", "2": "1"}
    swapped = {name[:-1] + other[name[-1]] if name[-1] in other else name: w for name, w in named.items()}
    as_was = said(layer_with(named, (4, 4), 3, fusion), xs, h, c)
    layer = layer_with(swapped, (4, 4), 3, fusion)
    np.testing.assert_allclose(said(layer, xs[::-1], h, c), as_was, rtol=0, atol=1e-13)
    assert np.abs(np.subtract(said(layer, xs, h, c), as_was)).max() > 1e-3


@pytest.mark.parametrize("fusion", FUSIONS)
def test_without_weights_half_is_forgotten(fusion):
    named, xs, h, c = drawn()
    nothing = {name: np.zeros_like(w) for name, w in named.items()}
    h_t, c_t = said(layer_with(nothing, (4, 4), 3, fusion), xs, h, c)
    np.testing.assert_allclose(c_t, c / 2, rtol=1e-15)
    np.testing.assert_allclose(h_t, np.tanh(c / 2) / 2, rtol=1e-15)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_weight_and_every_input_has_a_gradient(fusion):
    options = {"projected": 2, "bias": True}
    named, xs, h, c = drawn(**options)
    layer = layer_with(named, (4, 4), 3, fusion, **options)
    tensors = [tf.constant(x) for x in (*xs, h, c)]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        h_t, _ = layer(tensors[:2], *tensors[2:])
        loss = tf.reduce_sum(h_t**2)
    for name, gradient in zip(
        [*layer.named, "x_1", "x_2", "h", "c"],
        tape.gradient(loss, [*(v.value for v in layer.named.values()), *tensors]),
        strict=True,
    ):
        assert np.isfinite(gradient).all(), name
        assert np.abs(gradient).max() > 1e-6, name


@pytest.mark.parametrize("fusion", FUSIONS)
def test_parameter_counts_of_the_papers_size(fusion):
    """paper5.md 10.1: 2 * 12,389,632 + 1,049,600; projected to 1024, 22,027,264 + 2 * 1,310,720."""
    for options, parameters in (({}, 25_828_864), ({"input_projection": 1024}, 24_648_704)):
        layer = JointLSTM(1024, branches=2, fusion=fusion, **options)
        with without_initializers():
            layer.build([(None, 1280), (None, 1280)])
        assert layer.count_params() == parameters


def test_first_values():
    """Orthogonal where h enters a square matrix, else within Glorot's edge; biases 0."""
    keras.utils.set_random_seed(0)
    layer = JointLSTM(30, branches=2, final_gate_bias=True, name="joint")
    layer.build([(None, 45), (None, 45)])
    for name, variable in layer.named.items():
        w = np.asarray(variable)
        assert variable.name == f"joint_{name}"
        if name in ("W_hf_1", "W_ho_1", "W_hf_2", "W_ho_2", "W_hc"):
            np.testing.assert_allclose(w.T @ w, np.eye(30), rtol=0, atol=1e-5, err_msg=name)
        elif w.ndim == 2:
            edge = np.sqrt(6 / sum(w.shape))
            assert 0.97 * edge < np.abs(w).max() <= edge, name
        else:
            np.testing.assert_array_equal(w, 0, err_msg=name)
    assert np.abs(np.asarray(layer.named["W_hf_1"]) - np.asarray(layer.named["W_hf_2"])).max() > 0.1


def test_weight_decay_is_of_matrices_alone():
    named, *_ = drawn(projected=2, bias=True)
    regularizer = keras.regularizers.L2(0.01)
    layer = JointLSTM(
        3,
        branches=2,
        input_projection=2,
        final_gate_bias=True,
        kernel_regularizer=regularizer,
        dtype="float64",
    )
    layer.build([(None, 4), (None, 4)])
    assert float(sum(fill_joint(layer, named).losses)) == pytest.approx(
        0.01 * sum((w**2).sum() for name, w in named.items() if name[0] == "W"), rel=1e-6
    )


def test_what_is_refused():
    with pytest.raises(ValueError, match="wanted one of late, early"):
        JointLSTM(3, branches=2, fusion="middle")
    with pytest.raises(ValueError, match="0 branches"):
        JointLSTM(3, branches=0)
    with pytest.raises(ValueError, match="3 branches; wanted 2"):
        JointLSTM(3, branches=2).build([(None, 4)] * 3)


@pytest.mark.parametrize(("input_bias", "share"), [(0.0, (0, 0.2)), (1.0, (0.7, 0.8))])
def test_where_late_fusion_starts(input_bias, share):
    """C25: what of a quiet x^k the sub-gates let through at first; tanh(1) = 0.76 with open gates."""
    keras.utils.set_random_seed(0)
    layer = JointLSTM(32, branches=2, input_bias=input_bias)
    layer.build([(None, 40)] * 2)
    x, h = np.random.default_rng(0).normal(0, 0.1, (50, 40)), np.zeros((50, 32))
    gates = np.tanh(x @ np.asarray(layer.named["W_xi_1"]) + np.asarray(layer.named["b_i_1"]))
    assert share[0] < np.sqrt(np.mean((x * gates) ** 2) / np.mean(x**2)) < share[1]
    assert not any(np.asarray(layer.named[name]).any() for name in ("b_f_1", "b_c"))
    assert np.isfinite(layer([x, x], h, h)[0]).all()

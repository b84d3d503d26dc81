"""Soft attention over vectors: worked numbers, tensorflow-addons, Keras' layer, what changes nothing."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.golden import golden
from oracles.bahdanau import attend
from repro.recurrent.soft_attention import SoftAttention

Named = dict[str, np.ndarray]
seeds = st.integers(0, 2**16)


def layer_with(named: Named) -> SoftAttention:
    layer = SoftAttention(named["v"].size, dtype="float64")
    layer.build((None, None, len(named["W_a"])), (None, len(named["W_h"])))
    layer.set_weights([named["W_a"], named["W_h"], named["v"][:, None], named["b_a"]])
    return layer


def drawn(seed: int = 0) -> tuple[Named, np.ndarray, np.ndarray]:
    """Weights, A [2, 5, 4], h [2, 3]."""
    rng = np.random.default_rng(seed)
    shapes = {"W_a": (4, 6), "b_a": (6,), "W_h": (3, 6), "v": (6,)}
    named = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return named, rng.normal(size=(2, 5, 4)), rng.normal(size=(2, 3))


def looks(named: Named, attended: np.ndarray, h_prev: np.ndarray) -> list[np.ndarray]:
    return [np.asarray(found) for found in layer_with(named)(attended, h_prev)]


def test_the_worked_step():
    """Paper 3, hidden 2, match 3, T = 3, attended width 2; q + P of frame 1 by hand is (.66, -.345, .53)."""
    named = {
        "W_a": np.array([[0.7, -0.1, 0.2], [-0.3, 0.6, 0.5]]),
        "b_a": np.array([0.01, -0.02, 0.03]),
        "W_h": np.array([[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]]),
        "v": np.array([1.0, -0.5, 0.8]),
    }
    attended, h_prev = np.array([[[1.0, 0.0], [0.0, 2.0], [-1.0, 1.0]]]), np.array([[0.5, -0.25]])
    matching = np.asarray(layer_with(named).project(attended)) + h_prev @ named["W_h"]
    by_hand = [[0.66, -0.345, 0.53], [-0.64, 0.955, 1.33], [-1.04, 0.455, 0.63]]
    np.testing.assert_allclose(matching[0], by_hand, rtol=0, atol=1e-12)
    w, k = looks(named, attended, h_prev)
    np.testing.assert_allclose(w, [[0.69433580, 0.17587988, 0.12978432]], rtol=0, atol=5e-9)
    np.testing.assert_allclose(k, [[0.56455147, 0.48154408]], rtol=0, atol=5e-9)


def test_it_equals_the_golden_of_tensorflow_addons():
    g = golden("bahdanau")
    for step, query in enumerate(g["queries"]):
        w, k = looks(g, g["memory"], query)
        np.testing.assert_allclose(w, g["alignments_whole"][step], rtol=0, atol=1e-12)
        np.testing.assert_allclose(k, g["context_whole"][step], rtol=0, atol=1e-12)


def test_it_equals_plain_loops_and_keras_additive_attention():
    named, attended, h_prev = drawn()
    w, k = looks(named, attended, h_prev)
    for found, expected in zip((w, k), attend(h_prev, attended, [5, 5], **named), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)
    theirs = keras.layers.AdditiveAttention(dtype="float64")
    key = attended @ named["W_a"] + named["b_a"]
    theirs.build([(2, 1, 6), (2, 5, 4), (2, 5, 6)])
    theirs.set_weights([named["v"]])
    context, weights = theirs([(h_prev @ named["W_h"])[:, None], attended, key], return_attention_scores=True)
    np.testing.assert_allclose(w, np.asarray(weights)[:, 0], rtol=0, atol=1e-14)
    np.testing.assert_allclose(k, np.asarray(context)[:, 0], rtol=0, atol=1e-14)


@settings(max_examples=20, deadline=None)
@given(seed=seeds, gain=st.sampled_from([0.01, 1.0, 100.0]))
def test_weights_are_shares(seed, gain):
    named, attended, h_prev = drawn(seed)
    w, k = looks(named, attended * gain, h_prev)
    assert (w >= 0).all()
    np.testing.assert_allclose(w.sum(axis=1), 1, rtol=1e-14)
    frames = attended * gain
    assert (k <= frames.max(axis=1) + 1e-9).all()
    assert (k >= frames.min(axis=1) - 1e-9).all()


def test_without_scores_or_between_equal_frames_all_weigh_the_same():
    named, attended, h_prev = drawn()
    assert np.ptp(looks(named, attended, h_prev)[0]) > 0.1
    w, k = looks({**named, "v": np.zeros(6)}, attended, h_prev)
    np.testing.assert_allclose(w, np.full((2, 5), 1 / 5), rtol=1e-14)
    np.testing.assert_allclose(k, attended.mean(axis=1), rtol=0, atol=1e-14)
    same = np.repeat(attended[:, :1], 5, axis=1)
    w, k = looks(named, same, h_prev)
    np.testing.assert_allclose(w, np.full((2, 5), 1 / 5), rtol=1e-14)
    np.testing.assert_allclose(k, attended[:, 0], rtol=1e-14)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(seed=seeds, order=st.permutations(range(5)))
def test_frames_in_another_order_take_their_weights_along(seed, order):
    named, attended, h_prev = drawn(seed)
    w, k = looks(named, attended, h_prev)
    w_moved, k_moved = looks(named, attended[:, order], h_prev)
    np.testing.assert_allclose(w_moved, w[:, order], rtol=0, atol=1e-14)
    np.testing.assert_allclose(k_moved, k, rtol=0, atol=1e-13)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(seed=seeds, constant=st.floats(-50, 50))
def test_a_constant_added_to_all_scores_changes_nothing(seed, constant):
    """A seventh matching unit that is tanh(1) for every frame, weighed so that it adds `constant`."""
    named, attended, h_prev = drawn(seed)
    wider = {
        "W_a": np.pad(named["W_a"], ((0, 0), (0, 1))),
        "W_h": np.pad(named["W_h"], ((0, 0), (0, 1))),
        "b_a": np.append(named["b_a"], 1.0),
        "v": np.append(named["v"], constant / np.tanh(1)),
    }
    found, expected = looks(wider, attended, h_prev), looks(named, attended, h_prev)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


def test_from_a_state_of_zeros_it_depends_on_the_frames_alone():
    named, attended, h_prev = drawn()
    other = {**named, "W_h": named["W_h"] + 1}
    at_zero = [looks(n, attended, np.zeros((2, 3)))[0] for n in (named, other)]
    np.testing.assert_array_equal(*at_zero)
    assert np.abs(looks(named, attended, h_prev)[0] - looks(other, attended, h_prev)[0]).max() > 0.01


def test_first_values():
    """Glorot's sqrt(6 / (rows + columns)): W_a 40 x 110 and W_h 110 x 110 and v 110 x 1; the bias 0."""
    layer = SoftAttention(110)
    layer.build((None, 5, 40), (None, 110))
    for weight, edge in ((layer.kernel, 0.2), (layer.recurrent_kernel, 0.165145), (layer.score, 0.232495)):
        assert 0.85 * edge < np.abs(np.asarray(weight)).max() <= edge
    np.testing.assert_array_equal(layer.bias, np.zeros(110))
    assert [w.name for w in layer.weights] == [
        f"{layer.name}_{name}" for name in ("kernel", "recurrent_kernel", "score", "bias")
    ]

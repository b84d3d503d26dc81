"""Soft attention: worked numbers, plain loops, and what may not change it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.named_kernels import drawn_attention, stacked
from helpers.worked_example import A_ATTENTION, A_EXPECTED, A_SCORES, A_STATE, A_SUMS_OF_I, A_TOP, A_X
from oracles import attention_lstm as oracle
from repro.recurrent.attention import Attention, weigh


def _layer(named) -> Attention:
    layer = Attention(named["b_a"].size, dtype="float64")
    layer.build((None, len(named["W_xa"])), (None, len(named["W_ha"])))
    layer.set_weights(stacked(named))
    return layer


def test_the_worked_step():
    a = np.asarray(_layer(A_ATTENTION)(A_X[None], A_STATE["h"][None]))
    np.testing.assert_allclose(a.ravel(), A_EXPECTED["attention"], rtol=0, atol=5e-9)
    x = np.asarray(weigh(a, A_X[None], total=False))
    np.testing.assert_allclose(
        x.ravel(), [0.24570744, -0.05331237, 0.05977561, 1.82425545], rtol=0, atol=5e-9
    )


def test_the_oracle_has_the_numbers_between():
    z = oracle.scores(A_X, A_STATE["h"], A_ATTENTION)
    np.testing.assert_allclose(z.ravel(), A_SCORES, rtol=0, atol=5e-9)
    seen = oracle.attend(oracle.attention(A_X, A_STATE["h"], A_ATTENTION), A_X, vectors=False)
    sums = oracle.gate_sums(seen, A_STATE["h"], A_TOP)
    np.testing.assert_allclose(sums["i"].ravel(), A_SUMS_OF_I, rtol=0, atol=5e-9)


@pytest.mark.parametrize("grid", [(), (3, 4)], ids=["one state for all positions", "a state map"])
def test_it_equals_plain_loops(grid):
    rng = np.random.default_rng(0)
    named = drawn_attention(rng, inputs=5, units=3, attention_units=4)
    x, h = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(2, *grid, 3))
    a = np.asarray(_layer(named)(x, h))
    np.testing.assert_allclose(a, [oracle.attention(x[i], h[i], named) for i in range(2)], rtol=0, atol=1e-14)
    for total in (False, True):
        expected = [oracle.attend(a[i], x[i], vectors=total) for i in range(2)]
        np.testing.assert_allclose(weigh(a, x, total=total), expected, rtol=0, atol=1e-14)


def test_without_scores_all_positions_weigh_the_same():
    rng = np.random.default_rng(1)
    named = drawn_attention(rng, inputs=5, units=3, attention_units=4)
    named["W_z"] *= 0
    a = _layer(named)(rng.normal(size=(2, 7, 7, 5)), rng.normal(size=(2, 7, 7, 3)))
    np.testing.assert_allclose(a, np.full((2, 7, 7), 1 / 49), rtol=1e-14)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**16), constant=st.floats(-50, 50), gain=st.sampled_from([1.0, 100.0]))
def test_a_constant_added_to_all_scores_changes_nothing(seed, constant, gain):
    """So Eq. 7 needs no bias b_z. The constant comes from a hidden unit that is saturated at 1."""
    rng = np.random.default_rng(seed)
    named = drawn_attention(rng, inputs=2, units=3, attention_units=4)
    named["W_z"] *= gain
    x, h = rng.normal(size=(1, 2, 3, 2)), rng.normal(size=(1, 2, 3, 3))
    shifted = {
        name: np.append(named[name], np.zeros((len(named[name]), 1)), axis=1) for name in ("W_xa", "W_ha")
    }
    shifted |= {"b_a": np.append(named["b_a"], 50), "W_z": np.append(named["W_z"], [[constant]], axis=0)}
    a, b = (np.asarray(_layer(w)(x, h)) for w in (named, shifted))
    np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)
    np.testing.assert_allclose(a.sum(), 1, rtol=1e-12)


def test_first_values():
    """+-1/sqrt(A) for W_xa and W_ha, +-1 for W_z, which has one output; the bias 0."""
    layer = Attention(100)
    layer.build((None, 7, 7, 30), (None, 7, 7, 40))
    for weight, edge in ((layer.kernel, 0.1), (layer.recurrent_kernel, 0.1), (layer.score, 1)):
        assert 0.9 * edge < np.abs(np.asarray(weight)).max() <= edge
    np.testing.assert_array_equal(layer.bias, np.zeros(100))

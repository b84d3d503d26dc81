"""The spatial pyramid of paper 5: which position is in which part, worked numbers, what must sum to what."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.joint import rule
from oracles import joint_lstm as oracle
from oracles.pyramid import pool
from repro.recurrent.pyramid import SPLITS, pyramid, regions

sides = st.integers(2, 7)
seeds = st.integers(0, 2**16)


def parts(att, x, split="floor", renormalise=False):
    """att [h, w], x [h, w, C] -> [5, C]."""
    h, w, channels = x.shape
    masks = regions(h, w, split)
    return np.asarray(pyramid(att.reshape(1, -1), x.reshape(1, h * w, channels), masks, renormalise)).reshape(
        5, channels
    )


def drawn(seed, h, w):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(h * w)).reshape(h, w), rng.normal(size=(h, w, 3))


def test_quadrants_of_the_papers_grid():
    """Rows 0-4 | 5-10, columns 0-4 | 5-10; overlapping, rows 0-5 | 5-10."""
    assert regions(11, 11).sum(axis=1).tolist() == [121, 25, 30, 30, 36]
    assert regions(11, 11, "overlap").sum(axis=1).tolist() == [121, 36, 36, 36, 36]
    assert regions(11, 11).dtype == np.float32


def as_digits(masks):
    return [" ".join("".join(f"{cell:.0f}" for cell in row) for row in mask.reshape(3, 4)) for mask in masks]


def test_quadrants_of_a_small_uneven_grid():
    """3 rows cut before 1, 4 columns before 2."""
    by_hand = ["1100 0000 0000", "0011 0000 0000", "0000 1100 1100", "0000 0011 0011"]
    assert as_digits(regions(3, 4)[1:]) == by_hand
    by_hand[:2] = "1100 1100 0000", "0011 0011 0000"  # the middle row is now in the upper half too
    assert as_digits(regions(3, 4, "overlap")[1:]) == by_hand


@pytest.mark.parametrize(("arguments", "says"), [((4, 4, "ceil"), "floor, overlap"), ((1, 4), "1 x 4")])
def test_what_is_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        regions(*arguments)


def test_example_c():
    """paper5.md 10.5: the attention of h, and the five parts of a 3 x 3 map in three readings."""
    h, W_att = np.array([0.5, -1.0]), rule((2, 9), 1, 0.2)
    np.testing.assert_allclose(h @ W_att, [0.8, 0.1, 0.5, -1.3, 0.2, 0.6, -1.2, 0.3, 0.7], rtol=0, atol=1e-12)
    x = rule((3, 3, 2), 2, 0.1, 0.5)
    np.testing.assert_allclose(x[..., 0], [[0.6, 0.9, 0.1], [0.4, 0.7, 1.0], [0.2, 0.5, 0.8]], atol=1e-12)
    np.testing.assert_allclose(x[..., 1], [[0.2, 0.5, 0.8], [0.0, 0.3, 0.6], [0.9, 0.1, 0.4]], atol=1e-12)
    att = oracle.attention(h, W_att)
    assert " ".join(f"{a:.8f}" for a in att) == (
        "0.18607747 0.09240334 0.13784958 0.02278638 0.10212148 0.15234735 0.02518285 0.11286169 0.16836986"
    )
    printed = {
        ("floor", False): "0.63770469 0.41704036 0.11164648 0.03721549 0.09694796 0.15648133 "
        "0.01415112 0.02266456 0.41495912 0.20067897",
        ("overlap", False): "0.63770469 0.41704036 0.27540908 0.11405361 0.32078035 0.27852619 "
        "0.14206701 0.06458718 0.41495912 0.20067897",
        ("floor", True): "0.63770469 0.41704036 0.60000000 0.20000000 0.42104987 0.67960630 "
        "0.29500416 0.47248127 0.77461046 0.37461046",
    }
    for reading, numbers in printed.items():
        found = parts(att.reshape(3, 3), x, *reading).ravel()
        assert " ".join(f"{value:.8f}" for value in found) == numbers, reading


@settings(max_examples=25, deadline=None)
@given(seed=seeds, h=sides, w=sides, split=st.sampled_from(SPLITS), renormalise=st.booleans())
def test_it_equals_plain_loops(seed, h, w, split, renormalise):
    att, x = drawn(seed, h, w)
    expected = oracle.pyramid(att.ravel(), x, split, renormalise).reshape(5, 3)
    np.testing.assert_allclose(parts(att, x, split, renormalise), expected, rtol=1e-10, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, h=sides, w=sides)
def test_the_quadrants_sum_to_the_whole(seed, h, w):
    full, *quadrants = parts(*drawn(seed, h, w))
    np.testing.assert_allclose(np.sum(quadrants, axis=0), full, rtol=0, atol=1e-14)
    if h % 2:  # overlapping, the middle row counts twice
        full, *quadrants = parts(*drawn(seed, h, w), split="overlap")
        assert np.abs(np.sum(quadrants, axis=0) - full).max() > 1e-6


@settings(max_examples=25, deadline=None)
@given(seed=seeds, h=sides, w=sides, where=st.data())
def test_attention_on_one_position_shows_that_position(seed, h, w, where):
    _, x = drawn(seed, h, w)
    row, col = where.draw(st.integers(0, h - 1)), where.draw(st.integers(0, w - 1))
    att = np.zeros((h, w))
    att[row, col] = 1
    wanted = np.zeros((5, 3))
    wanted[[0, 1 + 2 * (row >= h // 2) + (col >= w // 2)]] = x[row, col]
    for renormalise in (False, True):
        np.testing.assert_array_equal(parts(att, x, renormalise=renormalise), wanted)


def test_even_attention_gives_means():
    """Of the whole; renormalised, also of the quadrants, which is average pooling at two levels."""
    x = np.random.default_rng(0).normal(size=(4, 6, 3))
    even = np.full((4, 6), 1 / 24)
    means = pool(x[None], ((1, 1), (2, 2)))[0]
    np.testing.assert_allclose(parts(even, x)[0], means[0], rtol=0, atol=1e-14)
    np.testing.assert_allclose(parts(even, x)[1:], means[1:] / 4, rtol=0, atol=1e-14)
    np.testing.assert_allclose(parts(even, x, renormalise=True), means, rtol=0, atol=1e-14)

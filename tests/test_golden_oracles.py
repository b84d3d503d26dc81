"""The NumPy oracles against tensorflow-addons, and against numbers a reader can check."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.golden import golden
from oracles.bahdanau import attend
from oracles.borders import inside
from oracles.gaussian import kernel, smooth
from oracles.pyramid import pool
from oracles.rotation import bilinear, rotate, source_of
from oracles.sgdw import descend

# gaussian_filter2d's names for borders, and rotate's, in the words of oracles.borders.
FILTER_BORDERS = {"reflect": "mirror", "symmetric": "symmetric", "constant": "constant"}
WARP_BORDERS = {"constant": "constant", "nearest": "nearest", "reflect": "symmetric"}


@pytest.mark.parametrize("case", ["whole", "masked"])
def test_attention_equals_the_golden(case):
    g = golden("bahdanau")
    lengths = g["lengths"] if case == "masked" else np.full(3, 5)
    weights = {name: g[name] for name in ("W_a", "b_a", "W_h", "v")}
    for step, query in enumerate(g["queries"]):
        alignments, context = attend(query, g["memory"], lengths, **weights)
        np.testing.assert_allclose(alignments, g[f"alignments_{case}"][step], rtol=0, atol=1e-12)
        np.testing.assert_allclose(context, g[f"context_{case}"][step], rtol=0, atol=1e-12)


def test_attention_equals_the_worked_step_of_paper_3():
    """paper3.md 10.4."""
    weights, context = attend(
        np.array([[0.5, -0.25]]),
        np.array([[[1.0, 0.0], [0.0, 2.0], [-1.0, 1.0]]]),
        [3],
        W_a=np.array([[0.7, -0.1, 0.2], [-0.3, 0.6, 0.5]]),
        b_a=np.array([0.01, -0.02, 0.03]),
        W_h=np.array([[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]]),
        v=np.array([1.0, -0.5, 0.8]),
    )
    np.testing.assert_allclose(weights[0], [0.69433580, 0.17587988, 0.12978432], rtol=0, atol=5e-9)
    np.testing.assert_allclose(context[0], [0.56455147, 0.48154408], rtol=0, atol=5e-9)


@pytest.mark.parametrize("border", FILTER_BORDERS)
def test_smoothing_equals_the_golden(border):
    g = golden("gaussian")
    for (rows, columns, sigma_y, sigma_x), expected in zip(g["cases"], g[border], strict=True):
        radii = (int(rows) // 2, int(columns) // 2)
        smoothed = smooth(g["image"], (sigma_y, sigma_x), radii, FILTER_BORDERS[border])
        np.testing.assert_allclose(smoothed, expected, rtol=0, atol=1e-12)


def test_smoothing_a_dot_draws_the_kernel():
    dot = np.zeros((5, 5))
    dot[2, 2] = 1
    drawn = smooth(dot, (1.0, 1.0), (1, 1), "constant")
    e = np.exp(-0.5)
    np.testing.assert_allclose(kernel(1.0, 1), np.array([e, 1, e]) / (1 + 2 * e), rtol=1e-15)
    np.testing.assert_allclose(drawn[1:4, 1:4], np.outer(kernel(1.0, 1), kernel(1.0, 1)), rtol=1e-15)


def test_smoothing_and_interpolation_equal_the_worked_saliency_map_of_paper_4():
    """paper4.md 11.4, t0: a 3 x 3 map, four times larger (mirror border), smoothed, scaled to 255."""
    attention = np.array([[0.38, 0.02, 0.02], [0.02, 0.02, 0.02], [0.02, 0.05, 0.45]])
    centres = (np.arange(12) + 0.5) / 4 - 0.5
    large = np.array([[bilinear(attention, row, column, "mirror") for column in centres] for row in centres])
    smoothed = smooth(large, (1.0, 1.0), (4, 4), "symmetric")
    assert smoothed.max() == pytest.approx(0.29016850, abs=5e-9)
    saliency = smoothed * 255 / smoothed.max()
    assert (saliency >= 100).sum() == 46
    assert [saliency[0, 0], saliency[5, 5], saliency[11, 11]] == pytest.approx(
        [178.66168927, 29.79683359, 215.37246699], abs=5e-9
    )


@pytest.mark.parametrize(
    ("border", "line"),
    {
        "constant": "kkkkabckkkk",
        "nearest": "aaaaabccccc",
        "symmetric": "ccbaabccbaa",
        "mirror": "abcbabcbabc",
    }.items(),
)
def test_what_lies_beyond_the_edge(border, line):
    drawn = ["k" if (pixel := inside(at, 3, border)) is None else "abc"[pixel] for at in range(-4, 7)]
    assert "".join(drawn) == line


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("border", WARP_BORDERS)
def test_rotation_equals_the_golden(interpolation, border):
    """tensorflow-addons adds three float32 terms of up to 32 px and rounds a few times on the way, half a
    unit in the last place (1e-6 px) each: 5e-6 px. Bilinear grey values follow along both axes, at most by
    the largest grey value a pixel.
    """
    g = golden("rotation")
    tolerance = 2 * 5e-6 * float(g["image"].max())
    for angle_deg, expected in zip(g["angles_deg"], g[f"{interpolation}_{border}"], strict=True):
        turned = rotate(g["image"], angle_deg, interpolation, WARP_BORDERS[border], float(g["fill_value"]))
        if interpolation == "nearest":
            np.testing.assert_array_equal(turned, expected)
        else:
            np.testing.assert_allclose(turned, expected, rtol=0, atol=tolerance)


def test_no_golden_angle_puts_a_nearest_pixel_on_a_tie():
    """Else the last bit of a float32 would decide which neighbour is nearest."""
    for angle_deg in golden("rotation")["angles_deg"]:
        sources = [source_of(row, column, 12, 16, angle_deg) for row in range(12) for column in range(16)]
        assert np.abs(np.mod(sources, 1) - 0.5).min() > 1e-4


def test_a_quarter_turn_is_counter_clockwise():
    np.testing.assert_array_equal(
        rotate(np.array([[1, 2], [3, 4]]), 90, "nearest", "nearest"), [[2, 4], [1, 3]]
    )


@given(st.floats(0, 3), st.floats(0, 4))
def test_bilinear_interpolation_of_a_ramp_is_the_ramp(row, column):
    ramp = 10.0 * np.arange(4)[:, None] + np.arange(5)
    assert bilinear(ramp, row, column) == pytest.approx(10 * row + column, abs=1e-9)


@pytest.mark.parametrize("case", ["plain", "momentum", "nesterov"])
def test_descent_with_decoupled_decay_equals_the_golden(case):
    g = golden("sgdw")
    path = descend(
        g["w_0"],
        g["gradients"],
        learning_rate=g["learning_rate"],
        momentum=0.0 if case == "plain" else g["momentum"],
        nesterov=case == "nesterov",
        decoupled=g["weight_decay"],
    )
    np.testing.assert_allclose(path, g[f"weights_{case}"], rtol=0, atol=1e-12)


def test_the_two_decays_by_hand():
    """w = 1, no gradient, learning rate 1/2, momentum 1/2, two steps.

    Decoupled by 1/4: 1 -> 3/4 -> 9/16. Coupled by 1/2 (the same first step, 1/2 * 1/2 = 1/4): 1 -> 3/4, then
    velocity 1/2 * -1/4 - 1/2 * 1/2 * 3/4 = -5/16: 3/4 -> 7/16.
    """
    settings = {"learning_rate": 0.5, "momentum": 0.5}
    assert descend([1.0], np.zeros((2, 1)), **settings, decoupled=0.25)[:, 0].tolist() == [3 / 4, 9 / 16]
    assert descend([1.0], np.zeros((2, 1)), **settings, coupled=0.5)[:, 0].tolist() == [3 / 4, 7 / 16]


def test_pyramid_equals_the_golden():
    g = golden("pyramid")
    np.testing.assert_allclose(pool(g["maps"], g["bins"]), g["pooled"], rtol=0, atol=1e-6)


def test_pyramid_of_a_counted_map():
    """3 x 3 positions 0..8: the whole map's mean is 4, and of 2 x 2 bins each holds one position."""
    counted = np.arange(9.0).reshape(1, 3, 3, 1)
    np.testing.assert_array_equal(pool(counted, ((1, 1), (2, 2)))[0, :, 0], [4, 0, 1, 3, 4])

"""The composed map against the papers' steps one by one; the colours against a pixel-by-pixel oracle."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles import augmentation as oracle
from repro.augment import Augmentation, SampledChange, affine, jitter, sample
from repro.video.geometry import warp

SETTINGS = Augmentation()
PLAIN = SampledChange(False, 0.0, 0.0, 0.0, 32.0, 24.0, (0, 0, 0), ())


def _draws(count, height=240, width=320, options=SETTINGS):
    rng = np.random.default_rng(0)
    return [sample(options, rng, height, width) for _ in range(count)]


def _geometry(change):
    return change.flip, change.angle_deg, change.left, change.top, change.width, change.height


def _ramp(height, width, horizontal, vertical):
    y, x = np.mgrid[:height, :width]
    return 100.0 + horizontal * x + vertical * y


@pytest.mark.parametrize(("height", "width"), [(24, 32), (18, 40), (32, 24)])
@pytest.mark.parametrize("seed", range(6))
def test_one_map_equals_the_four_steps(height, width, seed):
    """On a ramp linear interpolation is exact, once or thrice; compared where no step touches the border."""
    size = 20
    change = sample(SETTINGS, np.random.default_rng(seed), height, width)
    image = _ramp(height, width, 2.0, -1.5)
    stepwise = oracle.geometry(image, *_geometry(change), size)
    matrix = affine(change, height, width, size)
    compared = 0
    for row, column in np.ndindex(size, size):
        x, y = matrix @ (column, row, 1)
        if 2 < x < width - 3 and 2 < y < height - 3:
            cut_x = change.left + change.width * (column + 0.5) / size
            cut_y = change.top + change.height * (row + 0.5) / size
            if 2 < cut_x < width - 2 and 2 < cut_y < height - 2:
                assert oracle.sample(image, x, y) == pytest.approx(stepwise[row, column], abs=1e-9)
                compared += 1
    assert compared > size * size / 3


@pytest.mark.parametrize("seed", range(4))
def test_the_warped_frame_equals_the_four_steps_to_a_grey_level(seed):
    """OpenCV's positions lie on a grid of 1/32 px: half of it an axis, slopes 3 and 2, and half a level."""
    height, width, size = 24, 32, 20
    change = sample(SETTINGS, np.random.default_rng(seed), height, width)
    image = _ramp(height, width, 3.0, 2.0)
    frame = np.repeat(image.astype(np.uint8)[..., None], 3, axis=2)
    warped = warp(frame, affine(change, height, width, size), size)[..., 0]
    stepwise = oracle.geometry(image, *_geometry(change), size)
    inside = slice(4, -4)
    np.testing.assert_allclose(warped[inside, inside], stepwise[inside, inside], atol=(3 + 2) * 0.017 + 0.52)


def test_worked_crops():
    """Paper 1, section 5: 320 x 240 is taken whole, 640 x 360 gives 480 x 360, 240 x 320 gives 240 x 180."""
    for (width, height), wanted in {
        (320, 240): (320, 240),
        (640, 360): (480, 360),
        (240, 320): (240, 180),
    }.items():
        change = _draws(1, height, width, replace(SETTINGS, crop_scale_min=1.0))[0]
        assert (change.width, change.height) == pytest.approx(wanted)
        assert oracle.largest_rectangle(height, width) == pytest.approx(wanted)


def test_hand_values_of_the_map():
    whole = affine(PLAIN, 24, 32, 8)
    np.testing.assert_allclose(
        whole, [[4, 0, 1.5], [0, 3, 1]]
    )  # cell 0 covers pixels 0..3, its centre is 1.5
    flipped = affine(replace(PLAIN, flip=True), 24, 32, 8)
    np.testing.assert_allclose(flipped @ (0, 0, 1), (29.5, 1))
    cut = affine(replace(PLAIN, left=10.0, top=5.0, width=8.0, height=8.0), 24, 32, 8)
    np.testing.assert_allclose(cut, [[1, 0, 10], [0, 1, 5]])


def test_a_positive_angle_turns_counter_clockwise():
    """A dot right of the centre goes up."""
    frame = np.zeros((33, 33, 3), np.uint8)
    frame[15:18, 25:28] = 255
    square = SampledChange(False, 30.0, 0.0, 0.0, 33.0, 33.0, (0, 0, 0), ())
    turned = warp(frame, affine(square, 33, 33, 33), 33)[..., 0].astype(float)
    y, x = np.mgrid[:33, :33]
    centre = (turned * x).sum() / turned.sum(), (turned * y).sum() / turned.sum()
    assert centre == pytest.approx((16 + 10 * np.cos(np.pi / 6), 16 - 10 * np.sin(np.pi / 6)), abs=0.1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(20, 400), st.integers(20, 400))
def test_what_is_drawn_lies_in_its_bounds(seed, height, width):
    change = sample(SETTINGS, np.random.default_rng(seed), height, width)
    assert -8 <= change.angle_deg <= 8
    largest, _ = oracle.largest_rectangle(height, width)
    assert 0.8 * largest - 1e-9 <= change.width <= largest + 1e-9
    assert change.width / change.height == pytest.approx(4 / 3)
    assert change.left >= 0
    assert change.top >= 0
    assert change.left + change.width <= width + 1e-9
    assert change.top + change.height <= height + 1e-9
    assert all(-20 <= s <= 20 for s in change.shift)
    assert sorted(name for name, _ in change.blends) == ["brightness", "contrast", "saturation"]
    assert all(0.7 <= alpha <= 1.3 for _, alpha in change.blends)


def test_how_often_things_are_drawn():
    """4000 draws; bounds are five standard deviations of the binomial counts."""
    draws = _draws(4000)
    assert abs(sum(d.flip for d in draws) - 2000) < 158
    shifted = np.count_nonzero([d.shift for d in draws])  # a shift of 0 has probability 1/41
    assert abs(shifted - 12000 * 0.5 * 40 / 41) < 274
    orders = Counter(tuple(name for name, _ in d.blends) for d in draws)
    assert len(orders) == 6
    assert all(abs(count - 4000 / 6) < 118 for count in orders.values())
    angles, scales = np.array([(d.angle_deg, d.width / 320) for d in draws]).T
    for values, low, high in ((angles, -8, 8), (scales, 0.8, 1.0)):
        quarters = np.histogram(values, 4, (low, high))[0]
        assert np.all(np.abs(quarters - 1000) < 137)


def test_a_draw_is_a_function_of_the_generator():
    assert _draws(5) == _draws(5)
    assert len(set(_draws(50))) == 50


def test_literal_alpha_is_the_number_itself():
    assert {alpha for _, alpha in _draws(1, options=replace(SETTINGS, literal_alpha=True))[0].blends} == {0.3}


IMAGE = np.random.default_rng(1).integers(0, 256, (6, 5, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
def test_alpha_one_changes_nothing(name):
    np.testing.assert_array_equal(jitter(IMAGE, replace(PLAIN, blends=((name, 1.0),))), IMAGE)


def test_alpha_zero_gives_the_target():
    grey = IMAGE @ (0.299, 0.587, 0.114)
    expected = {
        "brightness": np.zeros((6, 5, 3)),
        "contrast": np.full((6, 5, 3), round(grey.mean())),
        "saturation": np.rint(grey)[..., None].repeat(3, 2),
    }
    for name, target in expected.items():
        np.testing.assert_array_equal(jitter(IMAGE, replace(PLAIN, blends=((name, 0.0),))), target)


def test_channel_shift_is_cut_at_the_ends():
    pixel = np.array([[[250, 128, 5]]], np.uint8)
    assert jitter(pixel, replace(PLAIN, shift=(20, -3, -20))).tolist() == [[[255, 125, 0]]]


@pytest.mark.parametrize("seed", range(8))
def test_colours_equal_the_oracle(seed):
    """Float32 against Python floats: at most the rounding of a value that lies on .5 may differ."""
    change = sample(SETTINGS, np.random.default_rng(seed), 6, 5)
    exact = oracle.colours(IMAGE, change.shift, change.blends)
    np.testing.assert_allclose(jitter(IMAGE, change), exact, atol=0.5 + 1e-3)


def test_a_clip_is_changed_frame_by_frame_alike():
    """Contrast takes the mean of each image, not of the clip."""
    change = _draws(1)[0]
    clip = np.stack([IMAGE, IMAGE // 4, 255 - IMAGE])
    np.testing.assert_array_equal(jitter(clip, change), np.stack([jitter(frame, change) for frame in clip]))


@pytest.mark.parametrize("frames", [IMAGE.astype(np.float32), IMAGE[..., :2], IMAGE[0]])
def test_other_arrays_are_refused(frames):
    with pytest.raises(ValueError, match="wanted uint8"):
        jitter(frames, PLAIN)

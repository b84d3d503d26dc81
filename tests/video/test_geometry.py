"""Resizing is bicubic and covers the whole frame; a warp reads where its matrix says."""

import numpy as np
import pytest

from repro.video.geometry import resize, warp

IDENTITY = np.array([[1.0, 0, 0], [0, 1.0, 0]])


def _picture(height=12, width=16):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_resize_keeps_a_frame_of_the_right_size_and_a_flat_one():
    np.testing.assert_array_equal(resize(_picture(), 12, 16), _picture())
    flat = np.full((12, 16, 3), 77, np.uint8)
    np.testing.assert_array_equal(resize(flat, 7, 5), np.full((7, 5, 3), 77))


def test_resize_squeezes_the_whole_frame():
    """Halving a ramp of slope 8: pixel i lies midway between source pixels 2i and 2i + 1: 16 i + 4."""
    ramp = np.tile(np.arange(16, dtype=np.uint8)[None, :, None] * 8, (12, 1, 3))
    np.testing.assert_array_equal(resize(ramp, 12, 8)[0, 2:-2, 0], 16 * np.arange(2, 6) + 4)


def test_resize_is_bicubic():
    """Only a kernel with negative lobes goes beyond a step's two levels when it is enlarged."""
    step = np.repeat(np.array([100, 150], np.uint8), 8)[None, :, None].repeat(4, 0).repeat(3, 2)
    enlarged = resize(step, 4, 64)
    assert enlarged.min() < 100
    assert enlarged.max() > 150


def test_warp_by_the_identity_cuts_and_repeats_the_border():
    picture = _picture()
    np.testing.assert_array_equal(warp(picture, IDENTITY, 12), picture[:, :12])
    beyond = warp(picture, IDENTITY, 20)
    np.testing.assert_array_equal(beyond[:12, :16], picture)
    np.testing.assert_array_equal(beyond[12:, :16], np.broadcast_to(picture[11], (8, 16, 3)))
    np.testing.assert_array_equal(beyond[:12, 16:], np.broadcast_to(picture[:, 15:], (12, 4, 3)))


def test_the_matrix_leads_from_output_to_source():
    picture = _picture()
    shifted = warp(picture, np.array([[1.0, 0, 3], [0, 1.0, 2]]), 8)
    np.testing.assert_array_equal(shifted, picture[2:10, 3:11])
    mirrored = warp(picture, np.array([[-1.0, 0, 15], [0, 1.0, 0]]), 12)
    np.testing.assert_array_equal(mirrored, picture[:, ::-1][:, :12])


def test_warp_interpolates_linearly():
    half = warp(np.array([[[10] * 3, [20] * 3]], np.uint8), np.array([[1.0, 0, 0.5], [0, 1.0, 0]]), 1)
    assert half.tolist() == [[[15, 15, 15]]]


def test_a_matrix_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"\(3, 3\); wanted \(2, 3\)"):
        warp(_picture(), np.eye(3), 8)

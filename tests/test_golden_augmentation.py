"""The rotation of repro.augment, warped by repro.video.geometry, against tensorflow-addons' rotate."""

import numpy as np
import pytest

from helpers.golden import golden
from oracles.rotation import source_of
from repro.augment import SampledChange, affine
from repro.video.geometry import warp

HEIGHT, WIDTH, SIZE, LEFT = 12, 16, 12, 2


def _turn(angle_deg: float) -> SampledChange:
    """A rotation of the 12 x 16 golden image and a 12 x 12 window of it at full scale; nothing else."""
    return SampledChange(False, angle_deg, LEFT, 0.0, SIZE, SIZE, shift=(0, 0, 0), blends=())


@pytest.mark.parametrize("angle_deg", golden("rotation")["angles_deg"])
def test_the_map_is_a_turn_about_the_centre(angle_deg):
    matrix = affine(_turn(angle_deg), HEIGHT, WIDTH, SIZE)
    for x, y in np.ndindex(SIZE, SIZE):
        row, column = source_of(y, x + LEFT, HEIGHT, WIDTH, angle_deg)
        assert matrix @ (x, y, 1) == pytest.approx((column, row), abs=1e-12)


@pytest.mark.parametrize("case", range(4))
def test_the_warped_image_equals_the_golden(case):
    """To 1.3 grey levels of 255, borders included.

    OpenCV may place a source position anywhere within half of 1/32 px, plus two roundings of the map at half
    of 1/1024 px: 1/64 + 1/1024 px an axis. Grey values follow by at most the largest step between neighbours,
    24 and 23 here. The result is rounded to a whole level, 1/2, and the fixed-point weights add 0.02.
    """
    g = golden("rotation")
    image = g["image"]
    steps = [int(np.abs(np.diff(image.astype(int), axis=axis)).max()) for axis in (0, 1)]
    tolerance = (1 / 64 + 1 / 1024) * sum(steps) + 0.5 + 0.02
    assert tolerance < 1.31
    matrix = affine(_turn(g["angles_deg"][case]), HEIGHT, WIDTH, SIZE)
    warped = warp(np.dstack([image] * 3), matrix, SIZE)
    expected = g["bilinear_nearest"][case][:, LEFT : LEFT + SIZE]
    for channel in range(3):
        np.testing.assert_allclose(warped[..., channel], expected, rtol=0, atol=tolerance)


def test_a_wrong_centre_would_be_seen():
    """Turned about a point half a pixel off, the picture misses the golden by far more than 1.3 levels."""
    g = golden("rotation")
    matrix = affine(_turn(33.0), HEIGHT, WIDTH, SIZE)
    matrix[:, 2] += (0.5, 0.0)
    warped = warp(np.dstack([g["image"]] * 3), matrix, SIZE)
    assert np.abs(warped[..., 0] - g["bilinear_nearest"][2][:, LEFT : LEFT + SIZE]).max() > 5

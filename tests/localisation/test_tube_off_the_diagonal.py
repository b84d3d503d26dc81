"""Boxes whose right edge is not their bottom one: nothing between maps and tube may mix the two."""

import numpy as np
import pytest

from repro.localisation.tube import tube


@pytest.mark.parametrize(
    ("row", "column", "box"),
    [
        (0, 6, [180, 0, 224, 44]),  # the corner's 44 pixels (test_tube_chain.py), right instead of left
        (6, 0, [0, 180, 44, 224]),
    ],
)
def test_a_still_corner_is_the_same_box_raw_and_smoothed(row: int, column: int, box: list[int]) -> None:
    maps = np.zeros((40, 7, 7), np.float32)
    maps[:, row, column] = 1
    found = tube(maps, frame_height=224, frame_width=224)
    assert (found.raw.boxes == box).all()
    np.testing.assert_allclose(found.smoothed.boxes, found.raw.boxes, atol=1e-9)

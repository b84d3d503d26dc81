"""Shared areas of rectangles, by hand."""

import numpy as np
import pytest

from repro.boxes import iou


@pytest.mark.parametrize(
    ("b", "shared", "union"),
    [
        ([0, 0, 4, 2], 8, 8),
        ([2, 0, 6, 2], 4, 12),
        ([3, 1, 5, 9], 1, 23),
        ([4, 0, 8, 2], 0, 16),  # half-open: touching is not sharing
        ([6, 5, 8, 9], 0, 16),  # apart on both axes: the product of two negative sides is no area
        ([1, 1, 1, 1], 0, 8),
    ],
)
def test_against_a_box_of_four_by_two(b: list[int], shared: float, union: float) -> None:
    a = np.array([0, 0, 4, 2])
    assert iou(np.array(b), a) == shared / union


def test_broadcasts_and_widens_small_integers() -> None:
    many = np.array([[0, 0, 200, 200], [100, 0, 200, 200]], np.uint8)
    assert iou(many, many[:1]).tolist() == [1, 0.5]
    assert iou(np.zeros((2, 4)), np.zeros(4)).tolist() == [0, 0]

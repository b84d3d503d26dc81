"""The share of a map within the actor's box, by hand."""

import numpy as np
import pytest

from repro.evaluation.placement import covered, share_inside

BOX = np.array([[10.0, 0.0, 30.0, 30.0]])  # of a frame of 40 x 40: columns 2 and 3 of 4 halves, rows 1 and 2


def test_places_are_covered_by_their_share() -> None:
    half, whole = 0.5, 1.0
    np.testing.assert_allclose(covered(BOX, 40, 40, 2, 2), [[half, half], [half / 2, half / 2]])
    np.testing.assert_allclose(covered(BOX, 40, 40, 1, 4), [[0, 0.75, 0.75, 0]])
    np.testing.assert_allclose(covered(np.array([[0, 0, 80, 60]]), 60, 80, 3, 5), np.full((3, 5), whole))


def test_what_reaches_beyond_the_frame_does_not_count() -> None:
    np.testing.assert_allclose(covered(np.array([[-20, -5, 20, 10]]), 20, 40, 2, 2), [[1, 0], [0, 0]])


def test_of_two_boxes_the_larger_share_of_a_place_counts() -> None:
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10]])
    np.testing.assert_allclose(covered(boxes, 10, 20, 1, 2), [[1, 0.5]])


def test_the_share_is_of_the_mass() -> None:
    cover = np.array([[[1.0, 0.5], [0.0, 0.0]]] * 3)
    maps = np.array([[[2.0, 0.0], [0.0, 0.0]], [[1.0, 2.0], [1.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    # All of it; (1 + 1) of 4; a map that says nothing is as an even one, 1.5 places of 4.
    np.testing.assert_allclose(share_inside(maps, cover), [1.0, 0.5, 0.375])


def test_the_scale_of_a_map_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    maps, cover = rng.random((5, 7, 7)), rng.random((5, 7, 7))
    np.testing.assert_allclose(share_inside(maps * 1e3, cover), share_inside(maps, cover))
    np.testing.assert_allclose(share_inside(np.ones((5, 7, 7)), cover), cover.mean(axis=(1, 2)))


@pytest.mark.parametrize("boxes", [np.zeros((0, 4)), np.zeros(4), np.zeros((2, 3))])
def test_other_boxes_are_refused(boxes: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"wanted \[n, 4\]"):
        covered(boxes, 10, 10, 2, 2)


def test_other_maps_are_refused() -> None:
    with pytest.raises(ValueError, match=r"wanted twice \[n, h, w\]"):
        share_inside(np.ones((2, 3, 3)), np.ones((2, 3, 4)))
    with pytest.raises(ValueError, match="wanted 0 or more"):
        share_inside(-np.ones((1, 2, 2)), np.ones((1, 2, 2)))

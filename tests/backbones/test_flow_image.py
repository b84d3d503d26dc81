"""A field of flow as an image of three channels, against the oracle; mirrored, that of the mirror image."""

import numpy as np

from oracles import flow as oracle
from repro.backbones.flow_image import STILL, FlowImage
from repro.flow import coding

FIELD = np.random.default_rng(0).integers(0, 256, (5, 7, 2), np.uint8)


def test_it_is_the_oracles_image() -> None:
    for mirrored in (False, True):
        found = np.asarray(FlowImage(mirrored=mirrored)(FIELD[None]))[0]
        np.testing.assert_allclose(found, oracle.image(FIELD, mirrored), rtol=1e-6)


def test_still_is_grey_and_speed_has_no_direction() -> None:
    """By hand: 3 to the right and 4 up is a speed of 5; beyond 127 it is cut."""
    field = np.array([[[128, 128], [131, 124], [125, 132], [255, 255]]], np.uint8)
    np.testing.assert_array_equal(
        FlowImage()(field), [[[128, 128, 128], [131, 124, 133], [125, 132, 133], [255, 255, 255]]]
    )
    assert coding.STILL == STILL


def test_mirrored_is_what_the_coded_field_of_the_mirror_image_gives() -> None:
    np.testing.assert_array_equal(
        FlowImage(mirrored=True)(FIELD[None]), FlowImage()(coding.mirror(FIELD)[None])
    )

"""Maps that no network made, and the boxes that the chain draws from them."""

import numpy as np
import pytest

from repro.localisation.baselines import BASELINES, baseline_maps
from repro.localisation.tube import tube


def drawn(kind: str, height: int = 7, width: int = 7, frames: int = 50, seed: int = 0) -> np.ndarray:
    return baseline_maps(kind, frames, height, width, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", BASELINES)
def test_they_are_attention_maps_that_the_seed_decides(kind: str) -> None:
    maps = drawn(kind, 3, 4)
    assert maps.shape == (50, 3, 4)
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), 1, rtol=1e-14)
    np.testing.assert_array_equal(drawn(kind, 3, 4), maps)
    assert (drawn(kind, 3, 4, seed=1) != maps).any() == (kind != "middle")


def test_the_middle_of_an_even_side_is_two_places() -> None:
    np.testing.assert_array_equal(drawn("middle", 3, 4, 1)[0] * 2, [[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]])


def test_a_cell_is_one_place_and_reaches_all() -> None:
    maps = drawn("cell", frames=2000)
    assert ((maps == 1).sum(axis=(1, 2)) == 1).all()
    assert (maps.sum(axis=0) > 0).all()


def test_the_tube_of_the_middle_is_the_one_of_a_single_bright_cell() -> None:
    found = tube(drawn("middle"), frame_height=224, frame_width=224)
    np.testing.assert_allclose(found.smoothed.boxes, [[79, 79, 145, 145]] * 50, atol=1e-9)


def test_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'corner'; wanted one of random, cell, middle"):
        drawn("corner")

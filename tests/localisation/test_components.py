"""Components and their boxes: printed ones, flood fill, what a box must hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from worked_example import MAPS

from oracles import saliency as oracle
from repro.localisation.components import components
from repro.localisation.saliency import saliency

GREY = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.sampled_from([0, 99, 100, 255])
)


def test_worked_example() -> None:
    printed = [
        [((0, 0, 5, 5), 3553.890695), ((7, 7, 12, 12), 4523.183958)],
        [((0, 0, 5, 5), 4456.172341), ((7, 7, 12, 12), 3446.572591)],
        [((3, 3, 12, 12), 10226.090915)],
        [((5, 5, 12, 12), 8030.212517)],
        [((3, 3, 12, 12), 12005.595073)],
    ]
    for frame, wanted in zip(saliency(MAPS, 4, 1.0), printed, strict=True):
        found = components(frame, 100)
        assert found.boxes.tolist() == [list(box) for box, _ in wanted]
        np.testing.assert_allclose(found.masses, [mass for _, mass in wanted], atol=6e-7)


def _one_hot(row: int, column: int) -> np.ndarray:
    maps = np.zeros((1, 7, 7))
    maps[0, row, column] = 1
    return maps


@pytest.mark.parametrize(
    ("maps", "norm", "box"),
    [
        (_one_hot(3, 3), "max", [79, 79, 145, 145]),
        (_one_hot(0, 0), "max", [0, 0, 44, 44]),
        (np.full((1, 7, 7), 1 / 49), "max", [0, 0, 224, 224]),
        (np.arange(1, 50).reshape(1, 7, 7) / 1225, "max", [0, 69, 224, 224]),
        (np.arange(1, 50).reshape(1, 7, 7) / 1225, "minmax", [0, 78, 224, 224]),
    ],
    ids=["centre", "corner", "uniform", "ramp", "ramp-minmax"],
)
def test_boxes_of_seven_by_seven_maps(maps: np.ndarray, norm: str, box: list[int]) -> None:
    assert components(saliency(maps, norm=norm)[0]).boxes.tolist() == [box]


def test_diagonal_neighbours_touch_and_the_threshold_is_included() -> None:
    frame = np.array([[100, 0, 0, 0], [0, 100, 0, 0], [0, 0, 0, 99.9], [0, 0, 0, 200.0]])
    found = components(frame, 100)
    assert found.boxes.tolist() == [[0, 0, 2, 2], [3, 3, 4, 4]]
    assert found.masses.tolist() == [200, 200]


def test_mass_is_of_the_component_and_not_of_its_box() -> None:
    ring = np.full((3, 3), 100.0)
    ring[1, 1] = 99
    assert components(ring, 100).masses.tolist() == [800]


def test_nothing_is_bright() -> None:
    found = components(np.zeros((4, 4)), 100)
    assert found.boxes.shape == (0, 4)
    assert found.masses.shape == (0,)


@given(GREY)
def test_agrees_with_flood_fill(frame: np.ndarray) -> None:
    found = components(frame, 100)
    expected = oracle.regions(frame, 100)
    assert [tuple(box) for box in found.boxes.tolist()] == [box for box, _ in expected]
    np.testing.assert_allclose(found.masses, [mass for _, mass in expected])


@given(hnp.arrays(np.float64, (1, 3, 4), elements=st.floats(0.01, 1)))
def test_some_box_holds_the_maximum(maps: np.ndarray) -> None:
    (frame,) = saliency(maps, 4, 1.5)
    y, x = np.unravel_index(frame.argmax(), frame.shape)
    boxes = components(frame).boxes
    assert ((boxes[:, :2] <= [x, y]) & (boxes[:, 2:] > [x, y])).all(axis=1).any()


def test_refuses_several_frames() -> None:
    with pytest.raises(ValueError, match="wanted one frame"):
        components(np.zeros((2, 3, 3)))

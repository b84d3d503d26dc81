"""Heat and boxes in a frame: every pixel where it belongs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.report import marks
from repro.types import Tube


def test_the_heat_is_where_the_map_is() -> None:
    frame = np.full((70, 140, 3), 100, np.uint8)
    values = np.zeros((7, 7))
    values[2, 5] = 0.3  # rows 20..29, columns 100..119
    hot = marks.heat(frame, values)
    change = np.abs(hot.astype(int) - 100).sum(axis=2)
    row, column = np.unravel_index(change.argmax(), change.shape)
    assert 20 <= row < 30
    assert 100 <= column < 120
    assert (hot[50:] == 100).all()  # far from it nothing changes
    assert (hot[:, :60] == 100).all()
    assert hot[row, column, 0] > hot[row, column, 2] > 100  # bright yellow
    assert (marks.heat(frame, 10 * values) == hot).all()  # to its own maximum
    assert (frame == 100).all()


def test_a_map_of_zeros_heats_nothing() -> None:
    frame = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    assert (marks.heat(frame, np.zeros((2, 2))) == frame).all()


def test_a_flat_map_heats_all_alike() -> None:
    hot = marks.heat(np.zeros((8, 8, 3), np.uint8), np.full((2, 2), 0.25))
    assert (hot == hot[0, 0]).all()
    assert hot[0, 0].min() > 100


def test_a_box_fills_its_edges_and_not_more() -> None:
    image = np.full((20, 30, 3), 9, np.uint8)
    marks.box(image, np.array([5.0, 4, 15, 12]), (1, 2, 3), 2)
    coloured = (image == (1, 2, 3)).all(axis=2)
    rows, columns = np.nonzero(coloured)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 11, 5, 14)  # half-open
    assert coloured.sum() == 10 * 8 - 6 * 4
    assert image[3, 4].tolist() == image[12, 15].tolist() == [0, 0, 0]
    assert image[6, 7].tolist() == image[2, 3].tolist() == image[13, 16].tolist() == [9, 9, 9]


@given(st.lists(st.integers(-40, 60), min_size=4, max_size=4), st.integers(1, 6))
def test_boxes_anywhere_are_cut_off_at_the_border(edges: list[int], width_px: int) -> None:
    left, right = sorted(edges[:2])
    top, bottom = sorted(edges[2:])
    image = np.zeros((20, 30, 3), np.uint8)
    marks.box(image, np.array([left, top, right, bottom], float), (255, 0, 0), width_px)
    expected = np.zeros((200, 200), bool)
    expected[top + 100 : bottom + 100, left + 100 : right + 100] = True
    inside = slice(top + 100 + width_px, max(bottom + 100 - width_px, 0))
    expected[inside, left + 100 + width_px : max(right + 100 - width_px, 0)] = False
    assert ((image == (255, 0, 0)).all(axis=2) == expected[100:120, 100:130]).all()


def test_a_tube_has_a_box_in_its_frames_only() -> None:
    tube = Tube(np.array([2, 5]), np.array([[0.0, 0, 1, 1], [2, 2, 3, 3]]))
    assert [marks.box_at(tube, t) is None for t in range(7)] == [True, True, False, True, True, False, True]
    assert marks.box_at(tube, 5).tolist() == [2, 2, 3, 3]


def test_of_boxes_that_coincide_both_colours_are_seen() -> None:
    tube = Tube(np.array([0]), np.array([[2.0, 2, 18, 12]]))
    image = np.zeros((60, 80, 3), np.uint8)
    marks.boxes_of_frame(image, 0, (15, 20), tube, [tube])
    assert image[8, 8].tolist() == list(marks.PREDICTED)  # four times as large as the frame
    assert image[47, 71].tolist() == list(marks.PREDICTED)
    assert image[12, 12].tolist() == list(marks.TRUE)
    assert image[20, 40].tolist() == [0, 0, 0]


def test_maps_and_frames_are_checked() -> None:
    marks.check_maps(np.zeros((2, 3, 4)), 2, "A")
    for wrong in (
        np.zeros((3, 3, 4)),
        np.zeros((2, 3)),
        np.full((2, 3, 4), -0.1),
        np.full((2, 3, 4), np.nan),
    ):
        with pytest.raises(ValueError, match="A: "):
            marks.check_maps(wrong, 2, "A")
    for frames in (np.zeros((2, 3, 4)), np.zeros((2, 3, 4, 1), np.uint8), np.zeros((0, 3, 4, 3), np.uint8)):
        with pytest.raises(ValueError, match="wanted uint8"):
            marks.check_frames(frames)
    with pytest.raises(ValueError, match="wanted uint8"):
        marks.check_frames(np.zeros((2, 3, 4, 3)))

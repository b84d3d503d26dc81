"""Linking: which proposal a frame takes, by cases a reader can check."""

import numpy as np
import pytest

from repro.localisation.components import Proposals
from repro.localisation.linking import link


def _frame(*boxes_and_masses: tuple[tuple[int, int, int, int], float]) -> Proposals:
    boxes = np.array([box for box, _ in boxes_and_masses], np.int64).reshape(-1, 4)
    return Proposals(boxes, np.array([mass for _, mass in boxes_and_masses], np.float64))


LEFT, MIDDLE, RIGHT = (0, 0, 10, 10), (8, 0, 18, 10), (20, 0, 30, 10)
EMPTY = _frame()


@pytest.mark.parametrize(
    ("frames", "chosen"),
    [
        ([_frame((LEFT, 5), (RIGHT, 7))], [RIGHT]),
        ([_frame((LEFT, 7), (RIGHT, 7))], [LEFT]),
        ([_frame((LEFT, 5)), _frame((MIDDLE, 1), (RIGHT, 9))], [LEFT, MIDDLE]),
        ([_frame((LEFT, 5)), _frame((RIGHT, 9))], [LEFT, RIGHT]),
        ([_frame((LEFT, 5)), _frame((RIGHT, 8), ((40, 0, 50, 10), 9))], [LEFT, (40, 0, 50, 10)]),
        ([_frame((MIDDLE, 5)), _frame(((3, 0, 13, 10), 1), ((13, 0, 23, 10), 2))], [MIDDLE, (13, 0, 23, 10)]),
        ([_frame((MIDDLE, 5)), _frame(((3, 0, 13, 10), 2), ((13, 0, 23, 10), 2))], [MIDDLE, (3, 0, 13, 10)]),
        ([_frame((LEFT, 5)), _frame((RIGHT, 9)), _frame((LEFT, 9), (RIGHT, 1))], [LEFT, RIGHT, RIGHT]),
        ([_frame((LEFT, 5)), EMPTY, _frame((MIDDLE, 1), (RIGHT, 9))], [LEFT, LEFT, MIDDLE]),
        ([EMPTY, EMPTY, _frame((RIGHT, 1)), EMPTY], [RIGHT] * 4),
    ],
    ids=[
        "first frame by mass",
        "first frame, equal masses, raster order",
        "overlap beats mass",
        "no overlap, one proposal",
        "no overlap, by mass",
        "equal overlaps, by mass",
        "equal overlaps and masses, raster order",
        "against the box before, not the first",
        "a gap is bridged",
        "leading and trailing gaps",
    ],
)
def test_choices(frames: list[Proposals], chosen: list[tuple[int, ...]]) -> None:
    assert link(frames).tolist() == [list(box) for box in chosen]


def test_masses_that_differ_by_rounding_are_equal() -> None:
    third = 0.1 + 0.2
    assert third > 0.3
    assert link([_frame((LEFT, 0.3), (RIGHT, third))]).tolist() == [list(LEFT)]


@pytest.mark.parametrize("frames", [[], [EMPTY, EMPTY]])
def test_refuses_without_any_proposal(frames: list[Proposals]) -> None:
    with pytest.raises(ValueError, match="wanted one at least"):
        link(frames)

"""Movements for pre-training: drawn alike every time, labelled by what is seen, disjoint from the clips."""

import numpy as np
import pytest

from repro.demo import moves, stage
from repro.demo.actions import CLASSES
from repro.demo.figure import POINT
from repro.demo.moves import FRAMES, LABELS, Move

FIRST = [Move(index) for index in range(150)]


def test_movements_are_drawn_alike_every_time() -> None:
    move = Move(7)
    frames = move.render(move.world(), 4, 4)
    again = Move(7)
    world = again.world()
    again.render(world, 0, 2)
    np.testing.assert_array_equal(frames, again.render(world, 4, 4))
    np.testing.assert_array_equal(world, again.world())
    assert frames.shape == (4, 120, 160, 3)
    assert frames.dtype == np.uint8
    assert move.labels(4, 4) == again.labels(4, 4)


def test_frames_of_one_movement_differ_little_and_of_two_much() -> None:
    first, second = (move.render(move.world(), 10, 2).astype(int) for move in FIRST[:2])
    assert 0 < np.abs(first[1] - first[0]).mean() < np.abs(second[0] - first[0]).mean() / 2


def test_labels_are_no_class_and_every_one_occurs() -> None:
    assert not set(CLASSES) & {name for names in LABELS.values() for name in names}
    drawn = [move.labels(first, 4) for move in FIRST for first in (0, 6, 10, 14, 20)]
    for head, names in LABELS.items():
        counts = np.bincount([labels[head] for labels in drawn], minlength=len(names))
        assert len(counts) == len(names)
        assert counts.min() > 0.25 * len(drawn) / len(names), head


@pytest.mark.parametrize("first", [0, 9, 20])
def test_trends_are_those_of_the_joints(first: int) -> None:
    hands = [POINT["r_hand"], POINT["l_hand"]]
    for move in FIRST:
        labels = move.labels(first, 4)
        start, stop = move.points[first, :, 2], move.points[first + 3, :, 2]
        body = stop[POINT["pelvis"]] - start[POINT["pelvis"]]
        lift = (stop[hands].mean() - stop[POINT["neck"]]) - (start[hands].mean() - start[POINT["neck"]])
        for head, change, least in (("body", body, 0.018), ("hands", lift, 0.024)):
            seen = "rise" if change > least else "sink" if change < -least else "keep"
            assert LABELS[head][labels[head]] == seen


def test_who_travels_walks_and_moves_that_way() -> None:
    for move in FIRST:
        labels = move.labels(0, 4)
        way = labels["travel"] - 1
        assert (LABELS["legs"][labels["legs"]] == "walking") == (way != 0)
        gone = move.points[-1, POINT["pelvis"], 0] - move.points[0, POINT["pelvis"], 0]
        assert np.sign(gone) == way
        assert abs(gone) > 0.4 or way == 0


def test_arms_end_where_their_label_says() -> None:
    """At the last frames, `up` hands are above the neck, `down` hands below the shoulders' middle."""
    for move in FIRST:
        if move.kind in ("bat", "club"):  # the left hand is where the right one is
            continue
        arms = LABELS["arms"][move.labels(FRAMES - 2, 2)["arms"]]
        height = move.points[-1, [POINT["r_hand"], POINT["l_hand"]], 2] - move.points[-1, POINT["neck"], 2]
        if arms == "up":
            assert height.min() > 0.1
        elif arms == "down":
            assert height.max() < -0.1


@pytest.mark.parametrize(("first", "count"), [(-1, 4), (21, 4), (0, 1)])
def test_frames_that_do_not_exist_are_refused(first: int, count: int) -> None:
    with pytest.raises(ValueError, match="it has 0 to 24"):
        FIRST[0].labels(first, count)


def test_no_seed_of_a_movement_is_that_of_a_clip_or_still() -> None:
    others = {
        stage.GROUP_SAMPLES,
        stage.CLIP_SAMPLES,
        stage.SCENE_SAMPLES,
        stage.CLUTTER_SAMPLES,
        stage.STILL_SAMPLES,
    }
    assert len(others) == 5
    assert moves.MOVE_SAMPLES not in others

"""The validation part: whole groups of every class, about the share wanted, the same each time."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.footage import FOOTAGE, LISTS, needs_footage
from repro.datasets import hold_out, load_split
from repro.types import InputError, VideoRef


def _refs(sizes, shared=False):
    """sizes[label][group] clips; groups of one class each, or shared by all."""
    return [
        VideoRef(f"{label}/{group}/{clip}", Path("x"), label, f"{'' if shared else label}/g{group:02d}")
        for label, groups in enumerate(sizes)
        for group, count in enumerate(groups)
        for clip in range(count)
    ]


def _groups(refs):
    return {ref.group for ref in refs}


def _groups_by_class(refs):
    return [{r.group for r in refs if r.label == label} for label in {r.label for r in refs}]


def test_a_tenth_of_ten_equal_groups_is_one_group():
    train, validation = hold_out(_refs([[4] * 10, [5] * 20]), 0.1, seed=3)
    assert sorted(ref.label for ref in validation) == [0] * 4 + [1] * 10
    assert len(train) == 36 + 90


def test_a_class_of_one_group_stays_in_training():
    train, validation = hold_out(_refs([[5], [3, 2]]), 0.1, seed=0)
    assert {ref.label for ref in validation} == {1}
    assert [ref.group for ref in validation] == ["1/g01"] * 2  # the smaller of the two
    assert len(train) == 8


def test_nothing_to_hold_out():
    refs = _refs([[5], [3]])
    assert hold_out(refs, 0.0, seed=0) == (tuple(refs), ())
    with pytest.raises(InputError, match="can be held out for validation"):
        hold_out(refs, 0.1, seed=0)
    with pytest.raises(ValueError, match="fraction"):
        hold_out(refs, 0.6, seed=0)


def test_the_seed_decides_and_the_order_of_the_videos_does_not():
    refs = _refs([[2] * 12] * 4)
    shuffled = refs.copy()
    random.Random(1).shuffle(shuffled)
    assert _groups(hold_out(refs, 0.25, 7)[1]) == _groups(hold_out(shuffled, 0.25, 7)[1])
    assert len({frozenset(_groups(hold_out(refs, 0.25, seed)[1])) for seed in range(5)}) == 5


@given(
    st.lists(st.lists(st.integers(1, 7), min_size=2, max_size=8), min_size=1, max_size=4),
    st.floats(0.01, 0.5),
    st.integers(0, 99),
)
def test_groups_stay_whole_and_every_class_keeps_both_sides(sizes, fraction, seed):
    refs = _refs(sizes)
    train, validation = hold_out(refs, fraction, seed)
    assert sorted((*train, *validation), key=refs.index) == refs
    assert not _groups(train) & _groups(validation)
    for label, groups in enumerate(sizes):
        held = sum(ref.label == label for ref in validation)
        assert 0 < held < sum(groups)
        # A group is only added while that comes closer to the share, so the miss is at most one group.
        assert abs(held - fraction * sum(groups)) <= max(groups)


def test_a_sequence_of_several_classes_goes_to_one_side_whole():
    """As in UT-Interaction: nine sequences with one clip of each of six classes; a tenth is one of them."""
    train, validation = hold_out(_refs([[1] * 9] * 6, shared=True), 0.1, seed=0)
    assert len(_groups(validation)) == 1
    assert not _groups(train) & _groups(validation)
    assert [ref.label for ref in validation] == list(range(6))


def test_a_shared_group_that_has_all_clips_of_a_class_stays_in_training():
    refs = _refs([[1, 1, 1, 1], [0, 0, 1, 0]], shared=True)
    for seed in range(20):
        train, validation = hold_out(refs, 0.25, seed)
        assert len(validation) == 1
        assert {ref.label for ref in train} == {0, 1}


@given(
    st.lists(st.lists(st.integers(0, 2), min_size=4, max_size=4), min_size=1, max_size=4), st.integers(0, 9)
)
def test_shared_groups_stay_whole_and_training_keeps_every_class(sizes, seed):
    refs = _refs(sizes, shared=True)
    try:
        train, validation = hold_out(refs, 0.3, seed)
    except InputError:
        alone = [next(iter(gs)) for gs in _groups_by_class(refs) if len(gs) == 1]
        assert {ref.group for ref in refs} <= set(alone)  # each is the last of some class
        return
    assert not _groups(train) & _groups(validation)
    assert validation
    assert {ref.label for ref in train} == {ref.label for ref in refs}


@needs_footage
def test_a_tenth_of_jhmdb():
    split = load_split("jhmdb21", FOOTAGE / "jhmdb21", "1", LISTS / "jhmdb")
    train, validation = hold_out(split.train, 0.1, seed=0)
    assert {ref.label for ref in validation} == {ref.label for ref in train} == set(range(21))
    assert not _groups(train) & _groups(validation)
    assert 0.07 * 660 < len(validation) < 0.15 * 660

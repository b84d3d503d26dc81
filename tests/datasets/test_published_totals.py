"""A split beside the published numbers; and faults, which are raised unless somebody collects them."""

from dataclasses import replace
from pathlib import Path

import pytest

from repro.datasets import hollywood2, ucf101, ut_interaction
from repro.datasets.faults import Fault, collecting, note, refuse
from repro.datasets.totals import compare
from repro.types import InputError, Segment, Split, VideoRef


def _ucf_split(only: set[str] | None = None) -> Split:
    classes = tuple(name for name in ucf101.inventory() if only is None or name in only)
    parts: dict[bool, list[VideoRef]] = {False: [], True: []}
    for clip in ucf101.official_clips():
        if clip.class_name in classes:
            listed = clip.listed()
            ref = VideoRef(listed.video_id, Path("x"), classes.index(clip.class_name), listed.group)
            parts[clip.in_test("1")].append(ref)
    return Split("ucf101", "1", classes, tuple(parts[False]), tuple(parts[True]))


def test_ucf101_has_its_published_numbers_and_a_lost_clip_is_of_a_class() -> None:
    split = _ucf_split()
    numbers = {count.what: count for count in compare("ucf101", split)}
    assert len(numbers) == 2 + 2 * 101
    assert numbers["train"][1:] == (9537, 9537)
    assert numbers["test"][1:] == (3783, 3783)
    assert all(count.counted == count.published for count in numbers.values())
    assert split.test[0].video_id == "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01"
    wrong = [c for c in compare("ucf101", replace(split, test=split.test[1:])) if c.counted != c.published]
    assert wrong == [("test", 3782, 3783), ("ApplyEyeMakeup: test", 43, 44)]


def test_thumos13_counts_its_24_classes() -> None:
    classes = {"Basketball", "Diving"}
    numbers = {count.what: count for count in compare("thumos13", _ucf_split(classes))}
    assert numbers["train"].published == 2293
    assert numbers["test"].published == 914
    assert numbers["Diving: test"].counted == numbers["Diving: test"].published == 45
    assert numbers["Skiing: test"].counted == 0


def test_a_clip_of_two_classes_counts_in_both_of_hollywood2() -> None:
    classes = tuple(hollywood2.expected()["classes"])
    ref = VideoRef("actioncliptrain00001", Path("x"), 2, "a", others=(7,))
    found = {count.what: count for count in compare("hollywood2", Split("h", "1", classes, (ref,), ()))}
    assert found["train"] == ("train", 1, 823)
    assert found["Eat: train"] == ("Eat: train", 1, 40)
    assert found["Kiss: train"] == ("Kiss: train", 1, 114)
    assert found["Kiss: test"] == ("Kiss: test", 0, 103)


@pytest.mark.parametrize(("dataset", "train", "test"), [("hmdb51", 3570, 1530), ("jhmdb21", 660, 268)])
def test_sizes_of_the_flagged_sets(dataset: str, train: int, test: int) -> None:
    found = {count.what: count.published for count in compare(dataset, Split("h", "1", ("run",), (), ()))}
    assert (found["train"], found["test"]) == (train, test)
    assert found["run" if dataset == "jhmdb21" else "run: train"] == (40 if dataset == "jhmdb21" else 70)


def test_segmented_clips_of_ut_interaction_are_counted_by_class() -> None:
    """Ten of each in a set; samples that are cut by the label sheet have no such number."""
    refs = tuple(VideoRef(f"seq1/{n}", Path("x"), n % 6, "seq1") for n in range(60))
    whole = Split("ut_interaction", "1", ut_interaction.CLASSES, refs[6:], refs[:6])
    assert {count[1:] for count in compare("ut_interaction", whole)} == {(10, 10)}
    renamed = replace(whole, test=(replace(refs[0], label=1), *refs[1:6]))
    wrong = [count for count in compare("ut_interaction", renamed) if count.counted != count.published]
    assert wrong == [("shake-hands", 9, 10), ("hug", 11, 10)]
    cut = replace(whole, train=tuple(replace(ref, segment=Segment(0, 9)) for ref in whole.train))
    assert compare("ut_interaction", cut) == []


def test_other_classes_have_no_published_numbers() -> None:
    for dataset in ("ucf101", "hmdb51", "jhmdb21", "thumos13", "hollywood2", "ut_interaction", "demo"):
        assert compare(dataset, Split(dataset, "1", ("Juggling",), (), ())) == []


def test_a_fault_is_an_error_outside_and_a_note_inside() -> None:
    with pytest.raises(InputError, match="it is bad"):
        refuse("line", "it is bad")
    with collecting() as collection:
        refuse("line", "it is bad")
        refuse("line", "it is bad")
        note("missing", "allowed")
    assert list(collection.faults) == [Fault("line", "it is bad"), Fault("missing", "allowed", True)]
    with pytest.raises(InputError):
        refuse("line", "it is bad")
    note("missing", "nobody listens")
    with pytest.raises(ValueError, match="fault of kind 'bad'"):
        refuse("bad", "x")

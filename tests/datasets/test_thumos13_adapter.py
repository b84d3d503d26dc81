"""THUMOS13: the 24 classes of UCF101 that have boxes, in UCF101's own layout and splits."""

from collections import Counter
from pathlib import Path

import pytest

from repro import datasets
from repro.datasets import thumos13, ucf101
from repro.types import InputError

CLASSES = thumos13.expected()["classes"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two classes with boxes and one of UCF101's others: groups 1, 8 and 22, with lists of their own."""
    index = {name: number for number, name in enumerate(ucf101.inventory(), 1)}
    lists = tmp_path / "ucfTrainTestlist"
    lists.mkdir()
    (lists / "classInd.txt").write_text("".join(f"{number} {name}\r\n" for name, number in index.items()))
    parts: dict[str, list[str]] = {"trainlist01": [], "testlist01": []}
    for name in ("Archery", "Biking", "WalkingWithDog"):
        (tmp_path / "UCF-101" / name).mkdir(parents=True)
        for group in (1, 8, 22):
            clip = f"{name}/v_{name}_g{group:02d}_c01.avi"
            (tmp_path / "UCF-101" / clip).touch()
            parts["testlist01" if group == 1 else "trainlist01"].append(clip)
    for part, clips in parts.items():
        (lists / f"{part}.txt").write_text("".join(f"{clip}\r\n" for clip in clips))
    return tmp_path


def test_the_other_classes_are_passed_over_on_disk_and_in_the_lists(tree: Path) -> None:
    split = datasets.load_split("thumos13", tree, "1")
    assert (split.dataset, split.name, split.classes) == ("thumos13", "1", ("Biking", "WalkingWithDog"))
    assert [(ref.video_id, ref.label, ref.group) for ref in split.test] == [
        ("Biking/v_Biking_g01_c01", 0, "Biking/g01"),
        ("WalkingWithDog/v_WalkingWithDog_g01_c01", 1, "WalkingWithDog/g01"),
    ]
    assert [ref.group for ref in split.train] == [
        f"{name}/g{group}" for name in split.classes for group in ("08", "22")
    ]
    (tree / "UCF-101" / "Archery" / "v_Archery_g01_c01.avi").unlink()
    assert datasets.load_split("thumos13", tree, "1") == split


@pytest.mark.parametrize("name", ["Biking", "Archery"])
def test_a_test_video_in_the_training_list_is_refused(tree: Path, name: str) -> None:
    with (tree / "ucfTrainTestlist" / "trainlist01.txt").open("a") as file:
        file.write(f"{name}/v_{name}_g01_c01.avi\r\n")
    if name == "Archery":  # no matter here, but one for UCF101
        assert len(datasets.load_split("thumos13", tree, "1").train) == 4
        return
    with pytest.raises(InputError, match=r"thumos13 split 1: Biking/v_Biking_g01_c01 in the training and in"):
        datasets.load_split("thumos13", tree, "1")


def test_missing_and_unlisted_videos_are_refused(tree: Path) -> None:
    folder = tree / "UCF-101" / "Biking"
    (folder / "v_Biking_g09_c01.avi").touch()
    with pytest.raises(InputError, match=r"1 clips are not listed .*g09_c01"):
        datasets.load_split("thumos13", tree, "1")
    (folder / "v_Biking_g09_c01.avi").rename(folder / "v_Archery_g09_c01.avi")
    with pytest.raises(InputError, match=r"1 clips are not listed .*Biking/v_Archery_g09_c01"):
        datasets.load_split("thumos13", tree, "1")
    (folder / "v_Archery_g09_c01.avi").unlink()
    (folder / "v_Biking_g08_c01.avi").unlink()
    with pytest.raises(InputError, match=r"1 clips are missing .*g08_c01"):
        datasets.load_split("thumos13", tree, "1")


def test_all_3207_videos_by_the_rule_alone(tmp_path: Path) -> None:
    """24 folders, no lists; the labels are those of the table, not UCF101's."""
    clips = [clip for clip in ucf101.official_clips() if clip.class_name in CLASSES]
    for name in CLASSES:
        (tmp_path / name).mkdir()
    for clip in clips:
        (tmp_path / f"{clip.listed().video_id}.avi").touch()
    split = datasets.load_split("thumos13", tmp_path, "1")
    assert split.classes == tuple(CLASSES) == tuple(sorted(CLASSES))
    assert (len(split.train), len(split.test)) == (2293, 914)
    assert thumos13.expected()["split_1"] == {"train": 2293, "test": 914}
    counts = Counter(split.classes[ref.label] for ref in (*split.train, *split.test))
    assert counts == {name: sum(ucf101.inventory()[name]) for name in CLASSES}
    assert all(split.classes[ref.label] == ref.path.parent.name for ref in (*split.train, *split.test))


def test_a_set_of_other_classes_keeps_them_all(tree: Path) -> None:
    """As the demo set, whose JumpingJack is one of UCF101's 101 but not of the 24."""
    lists = tree / "ucfTrainTestlist"
    (lists / "classInd.txt").write_text("1 Archery\r\n2 Biking\r\n3 WalkingWithDog\r\n4 Zebra\r\n")
    split = datasets.load_split("thumos13", tree, "1")
    assert split.classes == ("Archery", "Biking", "WalkingWithDog")

"""UCF101: the official lists follow from the inventory; folders and lists are compared, never trusted."""

import csv
import hashlib
import re

import pytest

from helpers.footage import FOOTAGE, LISTS, needs_footage
from repro import datasets
from repro.datasets import ucf101
from repro.types import InputError

# SHA-256 of the owner's files, CRLF line ends.
OFFICIAL = {
    "classInd": "d7abbb76074d04e80c62ad8a61529bb8eec32ef978569601b2890edec3af0359",
    "trainlist01": "f7a4d7abc05147b921c17fc227d731197c3583f29945d1f1d46bce830d1b9f12",
    "trainlist02": "3ea7145317098bdb4a999f69fb3b53ca3d3831d692602fc5dc8cd5c5e3eb8ca9",
    "trainlist03": "c75af0148b3b0e70d5d881ad71b0a5fbb685bf2d3278908278658435c3f1bf0f",
    "testlist01": "81be4765084d72739dca4d11658f7ec369c441ad9e227f11d9468fe2a1c14890",
    "testlist02": "c9eec18f3f312153cda441f93e30bc9cffef1941367ebc06996e40c9cd056c91",
    "testlist03": "f9cc029b0598c63f5cc07d070ae1fa4666d1d3901cc79a93490ea0742ca097db",
}
SIZES = {"1": (9537, 3783), "2": (9586, 3734), "3": (9624, 3696)}


def official_lists() -> dict[str, str]:
    """The seven list files, from the inventory and the group rule alone."""
    classes = list(ucf101.inventory())
    files = {"classInd": "".join(f"{i} {name}\r\n" for i, name in enumerate(classes, 1))}
    for split in "123":
        train = test = ""
        for clip in ucf101.official_clips():
            line = f"{clip.listed().video_id}.avi"
            if clip.in_test(split):
                test += f"{line}\r\n"
            else:
                train += f"{line} {classes.index(clip.class_name) + 1}\r\n"
        files |= {f"trainlist0{split}": train, f"testlist0{split}": test}
    return files


def test_the_inventory_regenerates_the_official_lists_byte_for_byte():
    found = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in official_lists().items()}
    assert found == OFFICIAL


@needs_footage
def test_the_owners_files_are_those():
    for name, text in official_lists().items():
        assert (LISTS / "ucf101" / f"{name}.txt").read_bytes() == text.encode(), name


def test_class_order_ignores_case():
    classes = list(ucf101.inventory())
    assert (len(classes), len(ucf101.official_clips())) == (101, 13320)
    assert classes.index("Hammering") < classes.index("HammerThrow")
    assert classes.index("JumpingJack") < classes.index("JumpRope")
    assert classes[36] == "HandstandPushups"


@pytest.fixture
def tree(tmp_path):
    """Two official and one unofficial class with groups 1, 8, 22, in UCF-101/, with lists of their own."""
    lists = {"classInd.txt": "1 Archery\r\n2 HandstandPushups\r\n3 Zebra\r\n"}
    for split, tested in (("1", 1), ("2", 8), ("3", 0)):
        train = test = ""
        for index, name in enumerate(("Archery", "HandstandPushups", "Zebra"), 1):
            for group in (1, 8, 22):
                line = f"{name}/v_{name.replace('stand', 'Stand')}_g{group:02d}_c01.avi"
                if group == tested:
                    test += f"{line}\r\n"
                else:
                    train += f"{line} {index}\r\n"
                path = tmp_path / "UCF-101" / line
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        lists |= {f"trainlist0{split}.txt": train, f"testlist0{split}.txt": test}
    (tmp_path / "ucfTrainTestlist").mkdir()
    for name, text in lists.items():
        (tmp_path / "ucfTrainTestlist" / name).write_bytes(text.encode())
    return tmp_path


def _change(tree, name, old, new):
    path = tree / "ucfTrainTestlist" / name
    content = path.read_bytes()
    assert old.encode() in content
    path.write_bytes(content.replace(old.encode(), new.encode(), 1))


def test_lists_decide(tree):
    split = datasets.load_split("ucf101", tree, "1")
    assert split.classes == ("Archery", "HandstandPushups", "Zebra")
    assert [(r.video_id, r.label, r.group) for r in split.test] == [
        ("Archery/v_Archery_g01_c01", 0, "Archery/g01"),
        ("HandstandPushups/v_HandStandPushups_g01_c01", 1, "HandstandPushups/g01"),
        ("Zebra/v_Zebra_g01_c01", 2, "Zebra/g01"),
    ]
    assert len(split.train) == 6
    assert all(r.path.is_file() and r.path.parent.name == split.classes[r.label] for r in split.train)


def test_the_folder_of_class_folders_may_be_named_too(tree):
    assert datasets.load_split("ucf101", tree / "UCF-101", "2") == datasets.load_split("ucf101", tree, "2")


def test_both_spellings_of_handstand_pushups_are_the_same_clip(tree):
    folder = tree / "UCF-101" / "HandstandPushups"
    before = datasets.load_split("ucf101", tree, "1")
    for path in list(folder.iterdir()):
        path.rename(folder / path.name.replace("HandStand", "Handstand"))
    after = datasets.load_split("ucf101", tree, "1")
    assert [r.video_id for r in after.train] == [r.video_id for r in before.train]
    (folder / "v_HandStandPushups_g01_c01.avi").touch()
    with pytest.raises(InputError, match="are the same clip"):
        datasets.load_split("ucf101", tree, "1")


def test_the_flat_distribution_is_read(tree):
    flat = tree / "UCF101"
    flat.mkdir()
    for path in (tree / "UCF-101").glob("*/*.avi"):
        path.rename(flat / path.name)
    for folder in (tree / "UCF-101").iterdir():
        folder.rmdir()
    (tree / "UCF-101").rmdir()
    assert len(datasets.load_split("ucf101", tree, "1").train) == 6


def test_other_classes_without_lists_follow_the_group_rule(tree):
    lists = tree / "ucfTrainTestlist"
    for path in lists.iterdir():
        path.unlink()
    split = datasets.load_split("demo", tree, "2")
    assert split.dataset == "demo"
    assert split.classes == ("Archery", "HandstandPushups", "Zebra")
    assert {r.group for r in split.test} == {f"{name}/g08" for name in split.classes}
    assert {r.group for r in split.train} == {f"{c}/{g}" for c in split.classes for g in ("g01", "g22")}


def test_missing_and_unlisted_clips_stop_the_loading_unless_allowed(tree):
    (tree / "UCF-101" / "Archery" / "v_Archery_g01_c01.avi").unlink()
    with pytest.raises(InputError, match=r"1 clips are missing .*v_Archery_g01_c01.*--partial"):
        datasets.load_split("ucf101", tree, "1")
    split = datasets.load_split("ucf101", tree, "1", allow_partial=True)
    assert (len(split.train), len(split.test)) == (6, 2)
    assert split.classes == ("Archery", "HandstandPushups", "Zebra")
    (tree / "UCF-101" / "Archery" / "v_Archery_g01_c01.avi").touch()
    (tree / "UCF-101" / "Archery" / "v_Archery_g01_c02.avi").touch()
    (tree / "UCF-101" / "Archery" / "copy of v_Archery_g01_c01.avi").touch()
    with pytest.raises(InputError, match="2 clips are not listed"):
        datasets.load_split("ucf101", tree, "1")
    assert len(datasets.load_split("ucf101", tree, "1", allow_partial=True).test) == 3


def test_a_class_without_clips_loses_its_label(tree):
    for path in (tree / "UCF-101" / "Archery").iterdir():
        path.unlink()
    split = datasets.load_split("ucf101", tree, "1", allow_partial=True)
    assert split.classes == ("HandstandPushups", "Zebra")
    assert [r.label for r in split.test] == [0, 1]


def test_hidden_and_other_files_are_no_clips(tree):
    (tree / "UCF-101" / "Archery" / "._v_Archery_g01_c01.avi").touch()
    (tree / "UCF-101" / "Archery" / "notes.txt").touch()
    assert len(datasets.load_split("ucf101", tree, "1").train) == 6


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("trainlist01.txt", "_c01.avi 1", "_c01.avi 2", r"trainlist01\.txt:1: .*gives Archery 1"),
        ("trainlist01.txt", "_g08_", "_g26_", r"trainlist01\.txt:1: .*not of the form"),
        ("trainlist01.txt", "_g08_", "_g8_", "not of the form"),
        ("trainlist01.txt", "Archery/v_Archery", "Archery/v_Zebra", "file is of another class"),
        ("trainlist01.txt", "Archery/v_", "../Archery/v_", "not of the form"),
        ("trainlist01.txt", "Archery/v_Archery", "Chess/v_Chess", "no such class"),
        ("trainlist01.txt", "_c01.avi 1", "_c01 1", "not of the form"),
        ("testlist01.txt", "_g01_", "_g08_", "in the training and in the test list"),
        (
            "testlist01.txt",
            "Zebra/v_Zebra_g01_c01.avi",
            "Archery/v_Archery_g01_c01.avi 1",
            "already in line 1",
        ),
        ("classInd.txt", "2 Hand", "3 Hand", r"classInd\.txt:2"),
        ("classInd.txt", "3 Zebra", "3 Archery", r"classInd\.txt:3"),
        ("classInd.txt", "1 Archery", "0 Archery", r"classInd\.txt:1"),
    ],
)
def test_a_damaged_list_is_refused(tree, name, old, new, message):
    _change(tree, name, old, new)
    with pytest.raises(InputError, match=message):
        datasets.load_split("ucf101", tree, "1", allow_partial=True)


def test_lists_that_are_named_must_be_there(tree):
    with pytest.raises(InputError, match=re.escape(f"no classInd.txt in {tree}/UCF-101")):
        datasets.load_split("ucf101", tree, "1", tree / "UCF-101")


def test_an_unknown_split_is_refused(tree):
    with pytest.raises(InputError, match="no split '4'; there are: 1, 2, 3"):
        datasets.load_split("ucf101", tree, "4")


@pytest.mark.slow
def test_the_whole_data_set_by_names_alone(tmp_path):
    """13,320 empty files: every clip carries its folder's label, with lists and without."""
    clips = [clip.listed().video_id for clip in ucf101.official_clips()]
    for name in ucf101.inventory():
        (tmp_path / "UCF-101" / name).mkdir(parents=True)
    for clip in clips:
        (tmp_path / "UCF-101" / f"{clip}.avi").touch()
    by_rule = {split: datasets.load_split("ucf101", tmp_path, split) for split in "123"}
    (tmp_path / "ucfTrainTestlist").mkdir()
    for name, text in official_lists().items():
        (tmp_path / "ucfTrainTestlist" / f"{name}.txt").write_bytes(text.encode())
    for number, split in by_rule.items():
        assert split == datasets.load_split("ucf101", tmp_path, number)
        assert (len(split.train), len(split.test)) == SIZES[number]
        assert all(split.classes[r.label] == r.path.parent.name for r in (*split.train, *split.test))


@needs_footage
@pytest.mark.parametrize("lists", [True, False])
@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_three_real_classes_run_as_a_partial_copy(lists, number):
    root = FOOTAGE / "ucf101-3"
    folder = LISTS / "ucf101" if lists else None
    with pytest.raises(InputError, match="13305 clips are missing"):
        datasets.load_split("ucf101", root, number, folder)
    split = datasets.load_split("ucf101", root, number, folder, allow_partial=True)
    with (root / "clips.csv").open() as file:
        part = {r["file"].removesuffix(".avi"): r[f"split{number}"] for r in csv.DictReader(file)}
    assert split.classes == ("BabyCrawling", "Punch", "PushUps")
    assert {r.video_id for r in split.train} == {v for v, where in part.items() if where == "train"}
    assert {r.video_id for r in split.test} == {v for v, where in part.items() if where == "test"}

"""A folder of one's own: what is taken for which class and part, and that nothing else is lost in silence."""

import os
from pathlib import Path

import pytest

from repro.datasets import own_name, remarks
from repro.datasets.faults import Fault, collecting
from repro.datasets.own import load
from repro.types import InputError


def _videos(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def _sides(root: Path) -> tuple[list[str], list[str]]:
    """Which files are trained on and which are tested, from the folder on."""
    split = load(root, "1")
    train, test = ([str(ref.path.relative_to(root)) for ref in part] for part in (split.train, split.test))
    assert all(split.classes[ref.label] in ref.path.parts for ref in (*split.train, *split.test))
    return train, test


def _faults(root: Path, *, allow_partial: bool = False) -> list[Fault]:
    with collecting() as collection:
        load(root, "1", allow_partial=allow_partial)
    return list(collection.faults)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train", "test"),
        ("Training", "TESTING"),
        ("train", "val"),
        ("train", "valid"),
        ("train", "validation"),
    ],
)
def test_folders_of_parts_are_the_split(tmp_path: Path, train: str, test: str) -> None:
    names = [
        f"{part}/{of}/{n}.avi" for part, count in ((train, 2), (test, 1)) for of in "ab" for n in range(count)
    ]
    root = _videos(tmp_path, *names)
    found = _sides(root)
    assert {len(part) for part in found} == {4, 2}
    assert all(name.startswith(train) for name in found[0])
    assert all(name.startswith(test) for name in found[1])
    assert load(root, "1").classes == ("a", "b")
    assert remarks(own_name(root), root) == ()


def test_equal_names_in_both_parts_are_two_videos_and_equal_sources_one(tmp_path: Path) -> None:
    """0001.avi is a usual name; a source folder, and UCF101's group, say that clips belong together."""
    root = _videos(
        tmp_path / "files", *(f"{part}/{of}/0001.avi" for part in ("train", "test") for of in "ab")
    )
    assert len({ref.group for part in (load(root, "1").train, load(root, "1").test) for ref in part}) == 4
    root = _videos(tmp_path / "sources", *(f"{part}/a/film1/{part}.avi" for part in ("train", "test")))
    with pytest.raises(InputError, match="a/film1 is trained on and tested"):
        load(root, "1")
    root = _videos(tmp_path / "groups", "train/a/v_a_g01_c01.avi", "test/a/v_a_g01_c02.avi")
    with pytest.raises(InputError, match="a/g01 is trained on and tested"):
        load(root, "1")


def test_validation_beside_a_test_folder_is_trained_on_and_that_is_said(tmp_path: Path) -> None:
    root = _videos(tmp_path, *(f"{part}/{of}/{part}.mp4" for part in ("train", "val", "test") for of in "ab"))
    train, test = _sides(root)
    assert sorted(train) == ["train/a/train.mp4", "train/b/train.mp4", "val/a/val.mp4", "val/b/val.mp4"]
    assert sorted(test) == ["test/a/test.mp4", "test/b/test.mp4"]
    (line,) = remarks(own_name(root), root)
    assert line.startswith("val/ is trained on too")


def test_what_lies_beside_the_parts_is_named(tmp_path: Path) -> None:
    names = [f"{part}/{of}/{part}.mp4" for part in ("train", "test") for of in "ab"]
    root = _videos(tmp_path, *names, "annotations/labels.txt", "old/a/c.mp4", "d.mp4")
    assert len(_sides(root)[0]) == 2
    assert [fault.text for fault in _faults(root)] == [
        f"{root}/d.mp4 is a video beside the parts of the split",
        f"{root}/old/a/c.mp4 is a video beside the parts of the split",
        f"{root}/annotations: no video, by its suffix: labels.txt",
    ]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (
            ["train/a/1.avi", "train/b/1.avi"],
            r"has videos in train/, but no test/; put it beside that, or name",
        ),
        (["test/a/1.avi", "val/a/1.avi"], r"has videos in test/, but no train/"),
        (
            ["train/1.avi", "test/2.avi"],
            r"2 videos in no class folder \(train/1\.avi, test/2\.avi\)|in no class",
        ),
        (["1.avi", "2.avi"], r"no video in its folders; wanted <class>/.*2 videos in no class folder"),
        (["a/b/c/1.avi"], r"no video in its folders; wanted .*left out: a video that lies too deep"),
        (["videos/a/1.avi", "videos/b/1.avi"], r"has one class, videos; .* name .*/videos"),
    ],
)
def test_a_folder_that_is_divided_otherwise_is_refused(tmp_path: Path, names: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        load(_videos(tmp_path / "mine", *names), "1")


def test_classes_that_are_called_as_parts_are(tmp_path: Path) -> None:
    root = _videos(tmp_path, *(f"{of}/{n}.avi" for of in ("bus", "train") for n in range(3)))
    assert load(root, "1").classes == ("bus", "train")


def test_a_class_of_one_part_names_the_folder_to_fill(tmp_path: Path) -> None:
    root = _videos(tmp_path, "train/Run/1.avi", "train/sit/2.avi", "test/run/3.avi", "test/sit/4.avi")
    with pytest.raises(
        InputError,
        match=r"no training clip of run; put clips of every class into train/; .*'Run' and 'run' differ only",
    ):
        load(root, "1")


def test_suffixes_of_every_kind_and_case_are_taken(tmp_path: Path) -> None:
    suffixes = ["avi", "AVI", "mp4", "MP4", "mkv", "mov", "MOV", "m4v", "wmv", "mpg", "MPEG", "flv", "3gp"]
    suffixes += ["gif", "GIF", "webm", "ogv", "ts", "mts"]
    root = _videos(
        tmp_path, *(f"{of}/{number}.{suffix}" for of in "ab" for number, suffix in enumerate(suffixes))
    )
    assert sum(map(len, _sides(root))) == 2 * len(suffixes)
    assert remarks(own_name(root), root) == ()


def _full_of_litter(root: Path) -> Path:
    """Two classes of two videos each, and one thing of every kind that is not taken."""
    _videos(
        root, "a/1.avi", "a/2.avi", "b/film/3.avi", "b/4.avi", "c/notes.txt", "a/film/deep/5.mov", "6.avi"
    )
    _videos(root, "a/Thumbs.db", ".hidden/x.avi", "a/.x.avi", "b/list.csv", "b/sheet.xls", "b/a", "b/z")
    (root / "b" / "gone.avi").symlink_to("nowhere.avi")
    (root / "b" / "loop").symlink_to("../b")
    (root / "d").symlink_to("a")
    os.mkfifo(root / "b" / "pipe.avi")
    return root


def test_whoever_verifies_is_told_of_everything_that_is_not_taken(tmp_path: Path) -> None:
    root = _full_of_litter(tmp_path)
    faults = _faults(root)
    assert {fault.kind for fault in faults} == {"unused"}
    assert sorted(fault.text.removeprefix(f"{root}/") for fault in faults) == [
        "6.avi is a video in no class folder",
        "a/film/deep/5.mov is a video that lies too deep",
        "b/gone.avi is a link that leads to nothing",
        "b/loop is a link to a folder that is read already",
        "b/pipe.avi is a pipe or a device",
        "b: 4 files that are no videos, by their suffixes: a, list.csv, sheet.xls, ...",
        "c is a class folder without a video",
        "c: no video, by its suffix: notes.txt",
        "d is a link to a folder that is read already",
    ]
    assert all(fault.tolerated for fault in _faults(root, allow_partial=True))


def test_a_run_is_told_in_one_line(tmp_path: Path) -> None:
    root = _full_of_litter(tmp_path)
    assert sum(map(len, _sides(root))) == 4
    (line,) = remarks(own_name(root), root)
    assert line.startswith("left out: a video in no class folder (6.avi), ")
    assert "5 files that are no videos, by their suffixes (b/a, b/list.csv, b/sheet.xls, ...)" in line


def test_links_to_other_places_are_followed_once(tmp_path: Path) -> None:
    """A class folder on another disk, whose own link leads back to itself; and a second link to it."""
    disk = _videos(tmp_path / "disk", "1.avi", "2.avi")
    (disk / "again").symlink_to(disk)
    root = _videos(tmp_path / "mine", "b/3.avi", "b/4.avi")
    (root / "a").symlink_to(disk)
    (root / "c").symlink_to(disk)
    assert load(root, "1").classes == ("a", "b")
    assert sorted(fault.text for fault in _faults(root)) == [
        f"{root}/a/again is a link to a folder that is read already",
        f"{root}/c is a link to a folder that is read already",
    ]


def test_a_video_that_is_linked_into_another_class_is_refused(tmp_path: Path) -> None:
    root = _videos(tmp_path, "a/1.avi", "a/2.avi", "b/3.avi")
    (root / "b" / "4.avi").symlink_to("../a/1.avi")
    with pytest.raises(InputError, match=r"b/4\.avi is the same file as .*a/1\.avi"):
        load(root, "1")


@pytest.mark.parametrize(
    ("names", "shown"),
    [(("Run", "run"), "'Run' and 'run'"), (("caf\u00e9", "cafe\u0301"), r"'cafe\u0301' and 'caf\xe9'")],
)
def test_class_names_that_look_alike_get_a_warning(
    tmp_path: Path, names: tuple[str, str], shown: str
) -> None:
    root = _videos(tmp_path / "mine", *(f"{of}/{number}.avi" for of in (*names, "b") for number in range(3)))
    (line,) = remarks(own_name(root), root)
    assert line == f"the classes {shown} differ only in case or Unicode form; they count as different"
    assert len(load(root, "1").classes) == 3
    rows = [f"mine/{of}/{number}.avi,{of}" for of in (*names, "b") for number in range(3)]
    (tmp_path / "list.csv").write_text("\n".join(["path,label", *rows]) + "\n", encoding="utf-8")
    assert remarks("own-list", tmp_path / "list.csv") == (line,)


@pytest.mark.parametrize("name", [b"caf\xe9", b"two\nlines"])
def test_a_class_that_cannot_be_printed_is_refused_in_one_line(tmp_path: Path, name: bytes) -> None:
    classes = (os.fsdecode(name), "b", "c")
    root = _videos(tmp_path, *(f"{of}/{number}.avi" for of in classes for number in range(3)))
    with pytest.raises(InputError, match="this class could not be printed; rename the folder") as caught:
        load(root, "1")
    said = str(caught.value)
    assert said.isprintable()
    assert said.isascii()
    with collecting() as collection:
        assert load(root, "1").classes == ("b", "c")
    assert [fault.kind for fault in collection.faults] == ["label"]


def test_the_name_follows_what_is_taken(tmp_path: Path) -> None:
    root = _videos(tmp_path, "train/a/1.avi", "test/a/2.avi")
    before = own_name(root)
    assert own_name(_videos(root, "train/notes.txt")) == before
    assert own_name(_videos(root, "train/a/3.MOV")) != before


def test_public_data_sets_have_no_remarks(tmp_path: Path) -> None:
    assert remarks("ucf101", tmp_path) == ()

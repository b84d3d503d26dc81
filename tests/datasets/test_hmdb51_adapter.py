"""HMDB51: three flags, names of every kind, and no source video on both sides."""

from collections import Counter
from pathlib import Path

import pytest

from helpers.footage import LISTS, needs_footage
from repro import datasets
from repro.datasets import class_splits, hmdb51
from repro.types import InputError, Split

NAME = "{source}_{name}_u_cm_np10_fr_med_{k}"
SOURCES = ("A[b](c)#;!&@~+", "B", "B_climb", "zz", "unused")
FLAGS = (1, 1, 2, 2, 0)
LISTS_FOLDER = "testTrainMulti_7030_splits"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two classes, one named as the other begins; five clips each, the last one unused."""
    (tmp_path / LISTS_FOLDER).mkdir()
    for name in ("climb", "climb_stairs"):
        (tmp_path / "hmdb51_org" / name).mkdir(parents=True)
        clips = [NAME.format(source=source, name=name, k=k) for k, source in enumerate(SOURCES)]
        for clip in clips:
            (tmp_path / "hmdb51_org" / name / f"{clip}.avi").touch()
        for split in "123":
            lines = [f"{clip}.avi {flag} \n" for clip, flag in zip(clips, FLAGS, strict=True)]
            (tmp_path / LISTS_FOLDER / f"{name}_test_split{split}.txt").write_text("".join(lines))
    return tmp_path


def _load(tree: Path, **options: bool) -> Split:
    return datasets.load_split("hmdb51", tree, "1", **options)


def _damage(tree: Path, old: str, new: str) -> None:
    path = tree / LISTS_FOLDER / "climb_test_split1.txt"
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new, 1))


def test_the_owners_layout(tree: Path) -> None:
    split = _load(tree)
    assert split.classes == ("climb", "climb_stairs")  # the names of the files sort the other way
    assert [(ref.video_id, ref.label, ref.group) for ref in split.train] == [
        ("climb/A[b](c)#;!&@~+_climb_u_cm_np10_fr_med_0", 0, "climb/A[b](c)#;!&@~+"),
        ("climb/B_climb_u_cm_np10_fr_med_1", 0, "climb/B"),
        ("climb_stairs/A[b](c)#;!&@~+_climb_stairs_u_cm_np10_fr_med_0", 1, "climb_stairs/A[b](c)#;!&@~+"),
        ("climb_stairs/B_climb_stairs_u_cm_np10_fr_med_1", 1, "climb_stairs/B"),
    ]
    assert [ref.group for ref in split.test] == [
        "climb/B_climb",
        "climb/zz",
        "climb_stairs/B_climb",
        "climb_stairs/zz",
    ]
    assert all(ref.path.is_file() for ref in (*split.train, *split.test))


def test_lists_without_the_blank_and_in_other_places(tree: Path) -> None:
    whole = _load(tree)
    for path in (tree / LISTS_FOLDER).iterdir():
        path.write_text(path.read_text().replace(" \n", "\r\n"))
    assert _load(tree) == whole
    plain = tree / "hmdb51_org"  # the lists lie beside it
    assert datasets.load_split("hmdb51", plain, "1") == whole
    (tree / LISTS_FOLDER).rename(tree / "elsewhere")
    assert datasets.load_split("hmdb51", plain, "1", tree / "elsewhere") == whole
    with pytest.raises(InputError, match=r"no HMDB51 split files .* test_train_splits\.rar .* --lists"):
        datasets.load_split("hmdb51", plain, "1")


def test_an_unused_clip_may_lack_but_an_unknown_one_may_not_be_there(tree: Path) -> None:
    folder = tree / "hmdb51_org" / "climb"
    (folder / f"{NAME.format(source='unused', name='climb', k=4)}.avi").unlink()
    assert len(_load(tree).train) == 4
    (folder / f"{NAME.format(source='other', name='climb', k=4)}.avi").touch()
    with pytest.raises(InputError, match=r"1 clips are not listed but lie in .*other_climb"):
        _load(tree)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("_4.avi 0", "_4.avi 3", r"climb_test_split1\.txt:5: .*form '<clip>.avi <0, 1 or 2>'"),
        ("_4.avi 0 ", "_4.avi 0  ", r"txt:5"),
        ("_4.avi 0", "_4 0", r"txt:5"),
        ("zz_climb", "../zz_climb", r"txt:4"),
        ("zz_climb", "z z_climb", r"txt:4"),
        ("zz_climb_u", "zz_climb_x", r"climb_test_split1\.txt:4: .* does not tell its source video"),
        (
            "B_climb_u_cm_np10_fr_med_1.avi 1",
            "B_climb_climb_u_cm_np10_fr_med_1.avi 1",
            "on clips of climb/B_cl",
        ),
        ("zz_climb_u_cm_np10_fr_med_3.avi 2", "B_climb_u_cm_np10_fr_med_1.avi 2", r"txt:4: .* second flag"),
    ],
)
def test_a_damaged_list_is_refused(tree: Path, old: str, new: str, message: str) -> None:
    _damage(tree, old, new)
    with pytest.raises(InputError, match=message):
        _load(tree)


def test_a_lost_list_or_clip_is_named(tree: Path) -> None:
    clip = tree / "hmdb51_org" / "climb" / f"{NAME.format(source='zz', name='climb', k=3)}.avi"
    clip.unlink()
    with pytest.raises(InputError, match=r"1 clips are missing .*zz_climb"):
        _load(tree)
    assert len(_load(tree, allow_partial=True).test) == 3
    (tree / LISTS_FOLDER / "climb_test_split3.txt").unlink()
    with pytest.raises(InputError, match=r"climb_test_split3\.txt is missing"):
        _load(tree)


@needs_footage
@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_the_official_splits(number: str) -> None:
    """Counted without the videos, which are not at hand."""
    assert LISTS is not None
    flags = hmdb51.read_flags(LISTS / "hmdb51" / LISTS_FOLDER, number)
    wanted = hmdb51.expected()
    assert {name: len(clips) for name, clips in flags.items()} == wanted["clips"]
    assert class_splits.fingerprint(flags) == wanted["splits"][number]["sha256"]
    counts = Counter(flag for clips in flags.values() for flag in clips.values())
    assert counts == {"1": 3570, "2": 1530, "0": 1666}
    assert {key: wanted["splits"][number][key] for key in ("train", "test")} == {"train": 3570, "test": 1530}
    groups: dict[str, set[tuple[str, str]]] = {"0": set(), "1": set(), "2": set()}
    for name, clips in flags.items():
        assert Counter(clips.values()) == {"1": 70, "2": 30, "0": wanted["clips"][name] - 100}
        for clip, flag in clips.items():
            groups[flag].add((name, class_splits.source_of(clip, name)))
    assert not groups["1"] & groups["2"]


@needs_footage
def test_the_official_videos_are_a_split_and_its_sources_are_held_out_whole(tmp_path: Path) -> None:
    """All 6766 names, as empty files."""
    assert LISTS is not None
    lists = LISTS / "hmdb51" / LISTS_FOLDER
    for name, clips in hmdb51.read_flags(lists, "1").items():
        (tmp_path / name).mkdir()
        for clip in clips:
            (tmp_path / name / f"{clip}.avi").touch()
    split = datasets.load_split("hmdb51", tmp_path, "2", lists)
    assert (len(split.train), len(split.test), len(split.classes)) == (3570, 1530, 51)
    assert all(split.classes[ref.label] == ref.path.parent.name for ref in (*split.train, *split.test))
    train, held_out = datasets.hold_out(split.train, 0.1, 0)
    assert len(train) + len(held_out) == 3570
    assert 300 <= len(held_out) <= 400
    assert not {ref.group for ref in train} & {ref.group for ref in held_out}


@needs_footage
def test_official_classes_with_other_flags_are_refused(tmp_path: Path) -> None:
    assert LISTS is not None
    for path in (LISTS / "hmdb51" / LISTS_FOLDER).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    victim = tmp_path / "wave_test_split1.txt"
    lines = victim.read_text().splitlines()
    unused = next(i for i, line in enumerate(lines) if line.endswith(" 0 "))
    lines[unused] = lines[unused].replace(" 0 ", " 1 ")
    victim.write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match="not the official split 1 of HMDB51: 3571 training and 1530 test"):
        hmdb51.read_flags(tmp_path, "1")
    assert hmdb51.read_flags(tmp_path, "2")

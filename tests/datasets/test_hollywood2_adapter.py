"""Hollywood2: several classes a clip, twelve lists that name every clip, and the owner's numbers."""

from pathlib import Path

import pytest

from helpers.fuzz import fuzzed, refused
from repro import datasets
from repro.datasets import hollywood2
from repro.types import InputError, Split

OFFICIAL = tuple(hollywood2.expected()["classes"])
# The classes of each clip of the small tree, in no order.
SHOWN = {
    "train": [("Wave",), ("Run", "Jump"), ("Jump",)],
    "test": [("Wave", "Run", "Jump"), ("Run",)],
}


def _write(root: Path, classes: tuple[str, ...], shown: dict[str, list[tuple[str, ...]]]) -> Path:
    """Lists and empty clips in the owner's folders."""
    (root / "ClipSets").mkdir(parents=True)
    (root / "AVIClips").mkdir()
    for part, clips in shown.items():
        stems = [f"actionclip{part}{number:05d}" for number in range(1, len(clips) + 1)]
        for stem in stems:
            (root / "AVIClips" / f"{stem}.avi").touch()
        for name in classes:
            lines = [f"{s}  {1 if name in of else -1}\n" for s, of in zip(stems, clips, strict=True)]
            (root / "ClipSets" / f"{name}_{part}.txt").write_text("".join(lines))
    return root


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = _write(tmp_path / "Hollywood2", ("Jump", "Run", "Wave"), SHOWN)
    (root / "ClipSets" / "actions_train.txt").write_text("anything")
    (root / "ClipSets" / "Run_autotrain.txt").write_text("anything")
    (root / "AVIClips" / "actionclipautoautotrain00001.avi").touch()
    return tmp_path


def _load(tree: Path, **options: bool) -> Split:
    return datasets.load_split("hollywood2", tree, "1", **options)


def _list(tree: Path, name: str = "Run_train") -> Path:
    return tree / "Hollywood2" / "ClipSets" / f"{name}.txt"


def test_the_owners_layout(tree: Path) -> None:
    split = _load(tree)
    assert split.classes == ("Jump", "Run", "Wave")
    assert [(ref.video_id, ref.label, ref.others) for ref in split.train] == [
        ("actioncliptrain00001", 2, ()),
        ("actioncliptrain00002", 0, (1,)),
        ("actioncliptrain00003", 0, ()),
    ]
    assert [(ref.video_id, ref.label, ref.others) for ref in split.test] == [
        ("actioncliptest00001", 0, (1, 2)),
        ("actioncliptest00002", 1, ()),
    ]
    assert all(ref.path.is_file() and ref.path.stem == ref.group for ref in (*split.train, *split.test))
    assert datasets.splits_of("hollywood2") == ("1",)


def test_lists_with_other_blanks_and_in_other_places(tree: Path) -> None:
    whole = _load(tree)
    for path in (tree / "Hollywood2" / "ClipSets").iterdir():
        path.write_bytes(path.read_bytes().replace(b"  ", b"\t ").replace(b"\n", b" \r\n"))
    assert _load(tree) == whole
    inside = tree / "Hollywood2"
    assert datasets.load_split("hollywood2", inside, "1") == whole
    assert datasets.load_split("hollywood2", inside / "AVIClips", "1") == whole
    (inside / "ClipSets").rename(tree / "elsewhere")
    assert datasets.load_split("hollywood2", tree, "1", tree / "elsewhere") == whole
    with pytest.raises(InputError, match=r"no Hollywood2 lists \(<Class>_train\.txt\) .* --lists"):
        _load(tree)


def test_missing_and_unlisted_clips(tree: Path) -> None:
    videos = tree / "Hollywood2" / "AVIClips"
    (videos / "actioncliptrain00001.avi").unlink()
    with pytest.raises(InputError, match=r"1 clips are missing .*: actioncliptrain00001; .*--partial"):
        _load(tree)
    partial = _load(tree, allow_partial=True)
    assert len(partial.train) == 2
    assert partial.classes == ("Jump", "Run", "Wave")  # Wave is only a further class of a test clip now
    (videos / "actioncliptrain00001.avi").touch()
    (videos / "actioncliptest00003.avi").touch()
    (videos / "stray.avi").touch()
    with pytest.raises(InputError, match=r"2 clips are not listed .*: actioncliptest00003, .*stray\.avi"):
        _load(tree)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("00002  1", "00002  0", r"Run_train\.txt:2: .*form 'actioncliptrain<NNNNN>  <1 or -1>'"),
        ("00002  1", "000021", r"Run_train\.txt:2"),
        ("00002  1", "00002  +1", r"Run_train\.txt:2"),
        ("train00002", "test00002", r"Run_train\.txt:2"),
        ("00003  -1", "00002  -1", r"Run_train\.txt:3: actioncliptrain00002 has a second flag"),
        (
            "actioncliptrain00003  -1\n",
            "",
            r"Run_train\.txt lacks actioncliptrain00003, which Jump_train",
        ),
        ("00003  -1", "00004  -1", r"Run_train\.txt lacks actioncliptrain00003"),
        ("00003  -1", "00003  -1\nactioncliptrain00000  1", r"Jump_train\.txt lacks actioncliptrain00000"),
    ],
)
def test_a_damaged_list_is_refused(tree: Path, old: str, new: str, message: str) -> None:
    content = _list(tree).read_text()
    assert old in content
    _list(tree).write_text(content.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        _load(tree, allow_partial=True)


def test_a_clip_of_no_class_and_a_lost_list_are_named(tree: Path) -> None:
    content = _list(tree, "Wave_train").read_text()
    _list(tree, "Wave_train").write_text(content.replace("00001  1", "00001  -1"))
    with pytest.raises(InputError, match="actioncliptrain00001 is -1 in all 3 lists"):
        _load(tree, allow_partial=True)
    _list(tree, "Wave_train").unlink()
    with pytest.raises(InputError, match=r"Wave_train\.txt is missing beside its siblings"):
        _load(tree)


def _official(part: str) -> list[tuple[str, ...]]:
    """Clips with the owner's numbers: every class in turn to the clip that has the fewest so far."""
    wanted = hollywood2.expected()[part]
    shown: list[set[str]] = [set() for _ in range(wanted["clips"])]
    turn = 0
    for name, number in wanted["positives"].items():
        for _ in range(number):
            shown[turn % len(shown)].add(name)
            turn += 1
    return [tuple(names) for names in shown]


def test_official_numbers(tmp_path: Path) -> None:
    """The lists themselves are not at hand; these have their sizes."""
    shown = {part: _official(part) for part in ("train", "test")}
    root = _write(tmp_path, OFFICIAL, shown)
    split = _load(root)
    assert (len(split.train), len(split.test)) == (823, 884)
    assert split.classes == OFFICIAL
    assert sum(1 + len(ref.others) for ref in split.train) == 901
    assert sum(1 + len(ref.others) for ref in split.test) == 972
    lists = root / "ClipSets"
    path = lists / "SitUp_train.txt"
    whole = path.read_text()
    changed = next(s for s, of in zip(whole.split("\n"), shown["train"], strict=False) if len(of) == 1)
    path.write_text(whole.replace(changed, changed.replace("-1", "1")))
    with pytest.raises(InputError, match=r"train lists have 25 clips of SitUp, the owner's 24; .*--partial"):
        _load(root)
    assert len(_load(root, allow_partial=True).train) == 823
    for name in OFFICIAL:
        lines = (lists / f"{name}_test.txt").read_text().split("\n")
        (lists / f"{name}_test.txt").write_text("\n".join(lines[:883]) + "\n")
    path.write_text(whole)
    with pytest.raises(InputError, match="test lists have 883 clips, the owner's 884"):
        _load(root)
    (lists / "Kiss_train.txt").unlink()
    (lists / "Kiss_test.txt").unlink()
    with pytest.raises(InputError, match=r"Kiss_train\.txt is missing beside its siblings"):
        _load(root, allow_partial=True)


FLAGS = b"".join(b"actioncliptrain%05d  %d\n" % (n, 1 if n % 2 else -1) for n in (1, 2, 3))


@fuzzed(FLAGS, FLAGS.replace(b"\n", b"\r\n"))
def test_any_bytes_give_flags_or_one_clear_error(folder: Path, content: bytes) -> None:
    (folder / "Run_train.txt").write_bytes(FLAGS.replace(b" -1", b" 1"))
    (folder / "Jump_train.txt").write_bytes(content)
    try:
        found = hollywood2.read_subset(folder, ("Jump", "Run"), "train")
    except InputError as error:
        refused(error, folder / "Jump_train.txt", folder / "Run_train.txt")
        return
    shown = {
        line.split()[0].decode(): line.split()[1] == b"1" for line in content.split(b"\n") if line.strip()
    }
    shown = {name.removeprefix("\ufeff"): flag for name, flag in shown.items()}
    assert found == {name: ("Jump",) * flag + ("Run",) for name, flag in shown.items()}
    assert sorted(found) == [f"actioncliptrain{number:05d}" for number in (1, 2, 3)]

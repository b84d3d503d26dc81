"""JHMDB-21: only the owner's split files count, and no source video is on both sides."""

import pytest

from helpers.footage import FOOTAGE, LISTS, needs_footage
from repro import datasets
from repro.datasets import class_splits, jhmdb21
from repro.types import InputError

NAME = "{source}_{name}_u_cm_np1_fr_med_{k}"


@pytest.fixture
def tree(tmp_path):
    """Two classes whose clip names carry every odd character of the real ones; 3 train and 1 test each."""
    for name in ("clap", "shoot_gun"):
        folder = tmp_path / "JHMDB_video" / "ReCompress_Videos" / name
        folder.mkdir(parents=True)
        clips = [NAME.format(source=f"A[b](c)#;!&@~+{k // 3}", name=name, k=k) for k in range(4)]
        for clip in clips:
            (folder / f"{clip}.avi").touch()
        (tmp_path / "splits").mkdir(exist_ok=True)
        for split in "123":
            lines = "".join(f"{clip}.avi {2 if k == 3 else 1}\n" for k, clip in enumerate(clips))
            (tmp_path / "splits" / f"{name}_test_split{split}.txt").write_text(lines)
    return tmp_path


def _load(tree, **options):
    return datasets.load_split("jhmdb21", tree, "1", **options)


def test_the_owners_layout(tree):
    split = _load(tree)
    assert split.classes == ("clap", "shoot_gun")
    assert [(r.video_id, r.label, r.group) for r in split.test] == [
        ("clap/A[b](c)#;!&@~+1_clap_u_cm_np1_fr_med_3", 0, "clap/A[b](c)#;!&@~+1"),
        ("shoot_gun/A[b](c)#;!&@~+1_shoot_gun_u_cm_np1_fr_med_3", 1, "shoot_gun/A[b](c)#;!&@~+1"),
    ]
    assert len(split.train) == 6
    assert all(r.path.is_file() for r in split.train)


def test_the_plain_layout_and_named_lists(tree):
    plain = tree / "JHMDB_video" / "ReCompress_Videos"
    assert datasets.load_split("jhmdb21", plain, "1", tree) == _load(tree)
    assert datasets.load_split("jhmdb21", plain, "1", tree / "splits") == _load(tree)
    with pytest.raises(InputError, match=r"no JHMDB split files .* --lists"):
        datasets.load_split("jhmdb21", plain, "1")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("_3.avi 2", "_3.avi 0", r"clap_test_split1\.txt:4: .*form '<clip>.avi <1 or 2>'"),
        ("_3.avi 2", "_3.avi 2 ", r"txt:4"),
        ("_3.avi 2", "_3 2", r"txt:4"),
        ("_3.avi 2", "_3.avi 1", "no test clip"),
        ("A[b]", "../A[b]", r"txt:1"),
        ("_u_cm", "_x_cm", "does not tell its source video"),
    ],
)
def test_a_damaged_split_file_is_refused(tree, old, new, message):
    for name in ("clap", "shoot_gun"):
        path = tree / "splits" / f"{name}_test_split1.txt"
        content = path.read_text()
        assert old in content
        path.write_text(content.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        _load(tree)


def test_a_clip_with_two_flags_is_refused(tree):
    path = tree / "splits" / "clap_test_split1.txt"
    first = path.read_text().splitlines()[0]
    with path.open("a") as file:
        file.write(first.replace(".avi 1", ".avi 2") + "\n")
    with pytest.raises(InputError, match=r"clap_test_split1\.txt:5: .*_0\.avi has a second flag"):
        _load(tree)


def test_a_lost_split_file_is_named(tree):
    (tree / "splits" / "clap_test_split3.txt").unlink()
    with pytest.raises(InputError, match=r"clap_test_split3\.txt is missing"):
        _load(tree)


def test_missing_and_unlisted_clips(tree):
    folder = tree / "JHMDB_video" / "ReCompress_Videos"
    (folder / "wave").mkdir()
    (folder / "wave" / "x.avi").touch()
    with pytest.raises(InputError, match="1 clips are not listed"):
        _load(tree)
    for path in (folder / "clap").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="4 clips are missing"):
        _load(tree)
    split = _load(tree, allow_partial=True)
    assert split.classes == ("shoot_gun",)
    assert len(split.train) == 3


def test_the_source_is_what_stands_before_the_class():
    assert class_splits.source_of("A_catch_catch_u_cm_np10_ba_goo_12", "catch") == "A_catch"
    assert class_splits.source_of("v_Run_g07_c02", "Run", jhmdb21.DEMO_NAME) == "g07"


@needs_footage
@pytest.mark.parametrize(("number", "train", "test"), [("1", 660, 268), ("2", 658, 270), ("3", 663, 265)])
def test_the_official_splits(number, train, test):
    split = datasets.load_split("jhmdb21", FOOTAGE / "jhmdb21", number, LISTS / "jhmdb")
    assert split.classes == tuple(jhmdb21.expected()["clips"])
    assert (len(split.train), len(split.test)) == (train, test)
    assert jhmdb21.expected()["splits"][number].items() >= {("train", train), ("test", test)}
    sources = [{(r.label, r.group) for r in part} for part in (split.train, split.test)]
    assert not sources[0] & sources[1]
    every = (*split.train, *split.test)
    counts = {name: sum(r.label == label for r in every) for label, name in enumerate(split.classes)}
    assert counts == jhmdb21.expected()["clips"]
    assert all(split.classes[r.label] == r.path.parent.name for r in every)


@needs_footage
def test_official_classes_with_other_splits_are_refused(tmp_path):
    for path in (LISTS / "jhmdb" / "splits").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    victim = tmp_path / "walk_test_split1.txt"
    lines = victim.read_text().splitlines()
    flip = {"1": "2", "2": "1"}
    victim.write_text("\n".join([lines[0][:-1] + flip[lines[0][-1]], *lines[1:]]) + "\n")
    with pytest.raises(InputError, match="not the official split 1 of JHMDB-21"):
        datasets.load_split("jhmdb21", FOOTAGE / "jhmdb21", "1", tmp_path)
    assert datasets.load_split("jhmdb21", FOOTAGE / "jhmdb21", "2", tmp_path)

"""UT-Interaction: samples as segments, twenty folds in two sets, the segmented release, what is refused."""

import csv
import shutil
from pathlib import Path

import pytest

from helpers.footage import FOOTAGE
from repro.datasets import hold_out, load_split, remarks, splits_of
from repro.datasets.ut_interaction import CLASSES, load
from repro.datasets.verify import examine
from repro.types import InputError, Segment

SHEET = "ut-interaction_labels_110912.csv"
TITLES = [["UT-Interaction"], ["", "sequence #", "Activity Class ID", "Starting Frame #", "Ending Frame #"]]


def _write(path: Path, rows: list[list[object]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([*TITLES, *rows])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The official size: 20 sequences, each class once in frames 1-10, 21-30, 41-50, ... of each."""
    rows: list[list[object]] = []
    for n in range(1, 21):
        folder = tmp_path / f"ut-interaction_set{1 if n <= 10 else 2}"
        folder.mkdir(exist_ok=True)
        (folder / f"seq{n}.avi").touch()
        rows += [["", f"seq{n}", (n + k) % 6, 20 * k + 1, 20 * k + 10] for k in range(6)]
    _write(tmp_path / SHEET, [*rows, ["", "others:"], ["", "seq1", 0, 50, 60]])
    return tmp_path


@pytest.fixture
def segmented(tmp_path: Path) -> Path:
    """120 clips: sample n of set 1 is class n % 6 of sequence n // 6 + 1."""
    for number in (1, 2):
        folder = tmp_path / f"ut-interaction_segmented_set{number}"
        folder.mkdir()
        for sample in range(60):
            (folder / f"{sample}_{sample // 6 + 10 * number - 9}_{sample % 6}.avi").touch()
    return tmp_path


def test_samples_are_segments_of_their_sequence(root: Path) -> None:
    split = load(root, "3")
    assert split.classes == CLASSES == ("shake-hands", "hug", "kick", "point", "punch", "push")
    first, second = split.test[:2]
    assert (first.video_id, first.label, first.group) == ("seq3/01_point", 3, "seq3")
    assert first.segment == Segment(0, 10)  # frames 1 to 10 of the sheet, both included
    assert (second.video_id, second.segment) == ("seq3/02_punch", Segment(20, 30))
    assert first.path == root / "ut-interaction_set1" / "seq3.avi"


def test_every_fold_leaves_one_sequence_of_its_set_out(root: Path) -> None:
    folds = splits_of("ut_interaction")
    assert folds == tuple(str(n) for n in range(1, 21))
    tested = []
    for fold in folds:
        split = load_split("ut_interaction", root, fold)
        own_set = range(1, 11) if int(fold) <= 10 else range(11, 21)
        assert {ref.group for ref in split.test} == {f"seq{fold}"}
        assert {ref.group for ref in split.train} == {f"seq{n}" for n in own_set if n != int(fold)}
        tested += [ref.video_id for ref in split.test]
    assert len(tested) == len(set(tested)) == 120  # the background pair after `others:` is no sample


def test_no_sequence_is_divided_between_training_and_validation(root: Path) -> None:
    train, validation = hold_out(load(root, "1").train, 0.1, seed=0)
    assert len(validation) == 6
    assert len({ref.group for ref in validation}) == 1
    assert not {ref.group for ref in train} & {ref.group for ref in validation}


@pytest.mark.parametrize("folder", ["", "ut-interaction_set1"])
def test_one_set_is_enough_for_its_folds(root: Path, folder: str) -> None:
    """Also when `root` is the set's own folder and the sheet lies above it."""
    for path in (root / "ut-interaction_set2").iterdir():
        path.unlink()
    assert len(load(root / folder, "10").test) == 6
    with pytest.raises(InputError, match=r"60 clips are missing from .*seq11/01_"):
        load(root / folder, "11")


def test_the_segmented_release_is_read_where_only_that_is_there(segmented: Path) -> None:
    split = load(segmented, "12")
    assert [(r.video_id, r.label, r.group, r.segment) for r in split.test[:2]] == [
        ("seq12/6_12_0", 0, "seq12", None),
        ("seq12/7_12_1", 1, "seq12", None),
    ]
    assert [len(split.test), len(split.train)] == [6, 54]
    tested = [ref.video_id for fold in splits_of("ut_interaction") for ref in load(segmented, fold).test]
    assert len(set(tested)) == 120
    set1 = segmented / "ut-interaction_segmented_set1"
    assert len(load(set1, "1").train) == 54


def test_a_sheet_beside_segmented_clips_is_not_read(segmented: Path) -> None:
    """The owner's sheet has no names of segmented clips, and one row less than there are clips."""
    (segmented / "ut-interaction_labels_110912.xls").write_bytes(b"no sheet")
    assert len(load(segmented, "1").test) == 6


def test_the_folders_of_a_set_may_have_short_names(segmented: Path) -> None:
    short = segmented / "segmented_set1"
    (segmented / "ut-interaction_segmented_set1").rename(short)
    assert {ref.path.parent for ref in load(segmented, "1").test} == {short}
    assert len(load(segmented, "20").test) == 6
    shutil.copytree(short, segmented / "ut-interaction_segmented_set1")
    with pytest.raises(InputError, match="are the same clip"):
        load(segmented, "1", allow_partial=True)


def test_a_run_says_that_segmented_clips_are_cropped(segmented: Path) -> None:
    (line,) = remarks("ut_interaction", segmented)
    assert "cropped round the pair" in line
    (segmented / "seq1.avi").touch()
    assert remarks("ut_interaction", segmented) == ()


@pytest.mark.skipif(FOOTAGE is None, reason="no footage/ beside the checkout; REPRO_SHARED names its folder")
@pytest.mark.footage
def test_the_owners_segmented_clips_are_all_there() -> None:
    """60 a set and 10 of each class; by their names a clip of sequence 6 is of sequence 8."""
    assert FOOTAGE is not None
    findings = examine("ut_interaction", FOOTAGE / "ut_interaction")
    assert findings.faults == ()
    assert len(findings.refs) == 120
    assert {count[1:] for counts in findings.counts.values() for count in counts} == {(10, 10)}
    sizes = {split.name: len(split.test) for split in findings.splits}
    assert sizes == {name: {"6": 5, "8": 7}.get(name, 6) for name in splits_of("ut_interaction")}


def test_with_both_releases_the_annotations_cut(root: Path, segmented: Path) -> None:
    assert root == segmented
    assert all(ref.segment for ref in load(root, "1").train)


def test_a_segmented_clip_that_is_lost_or_strange_is_named(segmented: Path) -> None:
    folder = segmented / "ut-interaction_segmented_set1"
    (folder / "17_3_5.avi").unlink()
    with pytest.raises(InputError, match=r"59 segmented clips of this set, wanted 60: sample 17 is missing"):
        load(segmented, "1")
    assert len(load(segmented, "3", allow_partial=True).test) == 5
    assert len(load(segmented, "13").test) == 6  # the other set is whole
    (folder / "17_3_6.avi").touch()
    with pytest.raises(InputError, match=r"17_3_6\.avi: class 6; there are 0 to 5"):
        load(segmented, "1")
    (folder / "17_3_6.avi").rename(folder / "17_3_5.avi")
    (folder / "17_21_5.avi").touch()
    with pytest.raises(InputError, match=r"1 clips are not listed .*17_21_5\.avi"):
        load(segmented, "1")


def test_two_clips_of_one_sample_are_too_many(segmented: Path) -> None:
    (segmented / "ut-interaction_segmented_set1" / "17_4_5.avi").touch()
    with pytest.raises(InputError, match="61 segmented clips of this set, wanted 60: there are more"):
        load(segmented, "1")


def test_other_classes_are_named_in_a_file_of_their_own(tmp_path: Path) -> None:
    """Then the sheet may have any number of rows: it is another data set."""
    for n in (1, 2):
        (tmp_path / f"seq{n}.avi").touch()
    (tmp_path / "classes.csv").write_text("Run\nWave\n")
    _write(tmp_path / SHEET, [["", n, k, 1, 9] for n in (1, 2) for k in (1, 0)])
    split = load(tmp_path, "2")
    assert split.classes == ("Run", "Wave")
    assert [ref.video_id for ref in split.test] == ["seq2/01_Wave", "seq2/02_Run"]
    (tmp_path / "classes.csv").write_text("Run\n7 Wave\n")
    with pytest.raises(InputError, match=r"classes\.csv:2: '7 Wave'"):
        load(tmp_path, "2")


def test_a_sheet_of_another_size_is_not_the_owners(root: Path) -> None:
    lines = (root / SHEET).read_text().splitlines(keepends=True)
    (root / SHEET).write_text("".join(lines[:-3]))  # a row lost, with the marker: the paper's 119 remain
    assert len(load(root, "20").test) == 5
    (root / SHEET).write_text("".join(lines[:-4]))
    with pytest.raises(InputError, match=r"has 118 primary rows, the owner's 119 or 120; .* --partial"):
        load(root, "20")
    assert len(load(root, "20", allow_partial=True).test) == 4
    (root / SHEET).write_text("".join(line for line in lines if "others" not in line))
    with pytest.raises(InputError, match=r"has 121 primary rows.* with its `others:` row$"):
        load(root, "20", allow_partial=True)


def test_what_is_missing_is_named(root: Path) -> None:
    (root / "ut-interaction_set1" / "seq4.avi").unlink()
    with pytest.raises(InputError, match=r"6 clips are missing from .*seq4/01_punch, .*--partial"):
        load(root, "1")
    others = {f"seq{n}" for n in (2, 3, 5, 6, 7, 8, 9, 10)}
    assert {ref.group for ref in load(root, "1", allow_partial=True).train} == others
    with pytest.raises(InputError, match="no test clip"):
        load(root, "4", allow_partial=True)
    with pytest.raises(InputError, match="no split '21'"):
        load(root, "21")
    with pytest.raises(InputError, match=r"no label sheet .*absent"):
        load(root, "1", root / "absent")
    (root / SHEET).rename(root.parent / "elsewhere.csv")
    with pytest.raises(InputError, match=r"no label sheet .*--lists"):
        load(root, "1")


def test_a_video_without_a_row_is_named(root: Path) -> None:
    lines = (root / SHEET).read_text().splitlines(keepends=True)
    rows = [line.replace("seq20,", "seq19,").replace("01,", "05,", 1) for line in lines]
    (root / SHEET).write_text("".join(rows))
    with pytest.raises(InputError, match=r"1 clips are not listed .*: seq20;"):
        load(root, "11")


def test_the_same_sequence_twice_is_refused(root: Path) -> None:
    (root / "seq1.avi").touch()
    with pytest.raises(InputError, match="same sequence"):
        load(root, "1")

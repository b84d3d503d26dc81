"""`data DATASET list` and `verify` on UT-Interaction's twenty folds, and the layouts that `make` offers."""

from pathlib import Path

import pytest

from helpers.clips import write_numbered
from repro.cli import arguments, main
from repro.demo.make import LAYOUTS

HEADINGS = "sequence #,Activity Class ID,Starting Frame #,Ending Frame #"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three sequences of a set of its own with two classes; frames 1-5 and 9-12 of 12."""
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    for number in (1, 2, 11):
        write_numbered(tmp_path / f"seq{number}.avi", 12, number)
    rows = [f"{n},{k},{first},{last}" for n in (1, 2, 11) for k, first, last in ((0, 1, 5), (1, 9, 12))]
    (tmp_path / "ut-interaction_labels_110912.csv").write_text("\n".join([HEADINGS, *rows]) + "\n")
    (tmp_path / "classes.csv").write_text("Run\nWave\n")
    return tmp_path


def _said(root: Path, action: str, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, list[str]]:
    status = main(["data", "ut_interaction", action, "--data", str(root), *more])
    return status, capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    "command", [["data", "ucf101", "verify"], ["data", "ucf101", "list"], ["paper2", "ucf101"]]
)
def test_a_folder_that_does_not_exist_is_what_is_said(
    root: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    for given, said in ((root / "nope", "does not exist"), (root / "seq1.avi", "is no folder")):
        assert main([*command, "--data", str(given)]) == 2
        error = capsys.readouterr().err
        assert error == f"error: --data {given} {said}; name the folder that holds the videos\n"


def test_a_fold_is_one_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = _said(root, "list", capsys, "--partial")
    assert status == 0
    there = [line for line in lines if not line.startswith("left out: ")]
    assert there == [
        f"ut_interaction split  {n}: 2 train, 2 test (cut from 2 by their annotations): Run 1, Wave 1"
        for n in (1, 2)
    ]
    # Sequences 3 to 10 have no video; sequence 11 is alone in its set.
    assert len(lines) == 20
    assert [line for line in lines if "split 11: no training clip" in line]


def test_every_fold_must_be_there_unless_a_part_is_asked_for(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, lines = _said(root, "verify", capsys)
    assert status == 1
    lost = [line for line in lines if line.startswith("list: ut_interaction split ")]
    assert len(lost) == 18
    assert f"list: ut_interaction split 3: no test clip in {root}" in lost


def test_verify_counts_the_segments_of_all_folds(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = _said(root, "verify", capsys, "--partial")
    assert status == 0
    assert lines[:3] == [
        "ut_interaction: 4 videos (cut from 2 by their annotations), 18 frames decoded",
        "split 1: 2 train, 2 test; no published numbers of these",
        "split 2: 2 train, 2 test; no published numbers of these",
    ]
    assert f"list (tolerated): ut_interaction split 3: no test clip in {root}" in lines
    assert lines[-1].startswith("no fault; report: ")


def test_verify_names_a_segment_beyond_the_end(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_numbered(root / "seq2.avi", 11)
    status, lines = _said(root, "verify", capsys, "--partial")
    assert (status, lines[-2]) == (
        1,
        f"broken: seq2/02_Wave: has 11 frames, its segment ends at 12 ({root / 'seq2.avi'})",
    )
    assert lines[-1].startswith("1 faults (1 broken); report: ")


def test_the_parser_offers_the_layouts_that_can_be_drawn() -> None:
    assert tuple(LAYOUTS) == arguments.LAYOUTS

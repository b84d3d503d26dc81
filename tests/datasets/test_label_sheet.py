"""The label sheet: both forms in circulation, text and workbook, and every malformed line by its number."""

import csv
import io
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fuzz import fuzzed, refused
from repro.datasets import label_sheet
from repro.paths import PROJECT
from repro.types import InputError, Segment

HEADINGS = ["sequence #", "Activity Class ID", "Starting Frame #", "Ending Frame #"]
ACTOR = "Main actor (left=0, right=1)"
ONE_SHEET = [
    ["UT-Interaction"],
    ["", *HEADINGS, ACTOR, "X-Cord", "Y-Cord"],
    ["", "seq1", 4, 1, 10, 0, 5, 6],
    ["", "seq12", 0, 21, 40, -1, 5, 6],
    ["", "others:"],
    ["", "seq1", 0, 50, 60, 0, 5, 6],
]
TWO_SHEETS = [["Set1"], [*HEADINGS, "x1", "y1"], ["seq1", 4, 2, 11], [], ["others:"], ["seq1", 0, 50, 60]]
FOUND = [(1, 4, Segment(0, 10)), (12, 0, Segment(20, 40))]


def _text(rows: list[list[object]], separator: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()


def _csv(folder: Path, rows: list[list[object]], separator: str = ",") -> Path:
    path = folder / "sheet.csv"
    path.write_text(_text(rows, separator), newline="")
    return path


def _xls(folder: Path, monkeypatch: pytest.MonkeyPatch, **sheets: list[list[object]]) -> Path:
    """A file for which a stand-in of xlrd gives these sheets, numbers as it gives them: 7.0."""
    rows = {
        name: [[float(cell) if isinstance(cell, int) else cell for cell in row] for row in rows]
        for name, rows in sheets.items()
    }
    pages = [
        SimpleNamespace(name=name, nrows=len(page), row_values=page.__getitem__)
        for name, page in rows.items()
    ]
    book = SimpleNamespace(sheets=lambda: pages)
    monkeypatch.setitem(sys.modules, "xlrd", SimpleNamespace(open_workbook=lambda path, logfile: book))
    return folder / "sheet.xls"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_title_an_empty_column_and_the_extra_interactions(tmp_path: Path, separator: str) -> None:
    assert label_sheet.read(_csv(tmp_path, ONE_SHEET, separator), 6) == FOUND


def test_columns_are_found_by_their_headings_wherever_they_stand(tmp_path: Path) -> None:
    rows = [["Y-Cord", "Ending  frame#", "ACTIVITY CLASS ID", ACTOR, "Starting Frame #", "Sequence #"]]
    path = _csv(
        tmp_path, [*rows, [6, 10, 4, 0, 1, 1], ["", "", "", "", "", ""], [6, "40.0", "0.", "", 21, 12]]
    )
    assert label_sheet.read(path, 6) == FOUND


def test_a_table_below_another_with_headings_of_its_own(tmp_path: Path) -> None:
    """As when the sheets of both sets are saved into one file."""
    path = _csv(tmp_path, [*TWO_SHEETS, ["Set2"], HEADINGS, ["seq12", 0, 21, 40]])
    assert label_sheet.read(path, 6) == [(1, 4, Segment(1, 11)), FOUND[1]]


def test_a_workbook_with_a_sheet_per_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = {
        "Set1": TWO_SHEETS,
        "Set2": [HEADINGS, ["seq12", 0, 21, 40]],
        "Sheet3": [],
        "notes": [["hello"]],
    }
    assert label_sheet.read(_xls(tmp_path, monkeypatch, **sheets), 6) == [(1, 4, Segment(1, 11)), FOUND[1]]


def test_in_a_workbook_with_both_forms_the_first_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _xls(tmp_path, monkeypatch, all=ONE_SHEET, Set1=TWO_SHEETS, Set2=[HEADINGS, ["seq13", 1, 3, 9]])
    assert label_sheet.read(path, 6) == [*FOUND, (13, 1, Segment(2, 9))]


def test_a_wrong_row_of_a_workbook_is_named_with_its_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _xls(tmp_path, monkeypatch, Set1=TWO_SHEETS, Set2=[HEADINGS, ["seq12", 0, 21, 40.5]])
    with pytest.raises(InputError, match=r"sheet\.xls sheet Set2:2: ending frame # is '40\.5'"):
        label_sheet.read(path, 6)


def test_without_xlrd_the_line_says_how_to_get_it_or_do_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the interpreter that runs: a bare pip, or a checkout's, may be another environment's."""
    monkeypatch.setitem(sys.modules, "xlrd", None)
    said = f"{tmp_path / 'sheet.xls'} needs xlrd: {sys.executable} -m pip install {label_sheet.PIN}; or save "
    with pytest.raises(InputError, match=rf"^{re.escape(said)}its sheet as sheet\.csv"):
        label_sheet.read(tmp_path / "sheet.xls", 6)
    assert label_sheet.PIN in (PROJECT / "requirements-xls.txt").read_text().splitlines()


def test_a_damaged_workbook_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: str, logfile: object) -> None:
        raise AssertionError("Expected BOF record;\nfound b'no'")

    monkeypatch.setitem(sys.modules, "xlrd", SimpleNamespace(open_workbook=fails))
    with pytest.raises(
        InputError, match=r"sheet\.xls cannot be read as a spreadsheet \(Expected BOF record; f"
    ):
        label_sheet.read(tmp_path / "sheet.xls", 6)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["", 21, 0, 1, 2], r"csv:3: sequence # is '21'; wanted a number from 1 to 20"),
        (["", "", 0, 1, 2], r"csv:3: sequence # is ''"),
        (["", "seqq1", 0, 1, 2], r"csv:3: sequence # is 'q1'"),
        (["", 1, 6, 1, 2], r"csv:3: activity class id is '6'; wanted a number from 0 to 5"),
        (["", 1, 0, 0, 2], r"csv:3: starting frame # is '0'"),
        (["", 1, 0, "x", 2], r"csv:3: starting frame # is 'x'"),
        (["", 1, 0, -1, 2], r"csv:3: starting frame # is '-1'"),
        (["", 1, 0, "１", 2], r"csv:3: starting frame # is '１'"),
        (["", 1, 0, 1, 10**7], r"csv:3: ending frame # is '10000000'"),
        (["", 1, 0, 5, 4], r"csv:3: the interaction ends at frame 4, before it starts at 5"),
        (["", 1, 0, 5], r"csv:3: ending frame # is ''"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: list[object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        label_sheet.read(_csv(tmp_path, [*ONE_SHEET[:2], row]), 6)


def test_a_row_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"csv:4: this interaction is already in line 3"):
        label_sheet.read(_csv(tmp_path, [*ONE_SHEET[:3], ONE_SHEET[2]]), 6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"has not a row with the headings sequence #, activity class id"),
        ("hello\nworld\n", r"has not a row with the headings"),
        (_text(ONE_SHEET[:1]) + "," + ",".join(HEADINGS[:3]) + "\n", r"has not a row with the headings"),
        (_text(ONE_SHEET[:2]), r"has not a row below the headings"),
        (_text([[*HEADINGS, "sequence #"]]), r"csv:1: two columns are called 'sequence #'"),
        (_text([HEADINGS]) + '1,0,"1"2,3\n', r"csv:2: .*expected after"),
        (_text([HEADINGS]) + '1,0,"1', r"csv:2: unexpected end of data"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        label_sheet.read(path, 6)
    assert "\n" not in str(caught.value)


def _ends(data: bytes, path: Path) -> None:
    """Samples within bounds, or one clear line."""
    path.write_bytes(data)
    problem, found = "", []
    try:
        found = label_sheet.read(path, 6)
    except InputError as error:
        problem = str(error)
        refused(error, path)
    assert bool(problem) != bool(found)
    assert all(1 <= row.sequence <= 20 and 0 <= row.class_id < 6 for row in found)


@fuzzed(*(_text(rows, mark).encode() for rows in (ONE_SHEET, TWO_SHEETS) for mark in ",;"))
def test_any_bytes_give_samples_or_one_clear_error(folder: Path, content: bytes) -> None:
    _ends(content, folder / "any.csv")


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(["1", "2.0", "5", "21", "", "seq3", "x", "others:"]), max_size=5), max_size=5
    )
)
def test_any_cells_give_samples_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[object]]
) -> None:
    _ends(_text([HEADINGS, *rows]).encode(), tmp_path_factory.getbasetemp() / "cells.csv")

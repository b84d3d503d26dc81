"""The label sheet of UT-Interaction: which frames of which continuous video show which interaction.

People who read it describe two forms: one sheet for both sets, with a title row and an empty first column,
and one sheet a set, named Set1 and Set2. Columns are therefore identified by their headings.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from repro.datasets.faults import refuse, refuse_list
from repro.datasets.parsing import read_text
from repro.installing import install
from repro.types import InputError, Segment

PIN = "xlrd==2.0.2"  # as requirements-xls.txt has it; a test compares the two
SEQUENCES = 20
HEADINGS = ("sequence #", "activity class id", "starting frame #", "ending frame #")
MARKER = "others"
LAST_FRAME = 10**6  # nine hours; the videos have a minute


class Interaction(NamedTuple):
    """One primary row: the number of its video (1 to 20), its class id and its frames."""

    sequence: int
    class_id: int
    segment: Segment


class Table(NamedTuple):
    """One sheet as text. where: the file, and the sheet in it. lines: line number from 1, cells."""

    where: str
    lines: Sequence[tuple[int, Sequence[str]]]


def read(path: Path, classes: int) -> list[Interaction]:
    """The primary rows of the label sheet, in its order; those of background pairs, below `others:`, are not.

    path: .xls, or .csv exported from it. classes: how many class ids there are, from 0. The sheet's frames
    count from 1 and both ends belong to the interaction. A row of headings opens a table, also a second one
    in the same sheet. What stands before the headings is no table. The first table that names a sequence
    speaks for all of it: a workbook may hold both forms. Raises InputError, naming file and line, for
    anything else.
    """
    lines: dict[Interaction, int] = {}
    spoken: set[int] = set()
    headed = False
    for table in _of_workbook(path) if path.suffix == ".xls" else [_of_csv(path)]:
        columns = None
        for line, cells in table.lines:
            where = f"{table.where}:{line}"
            if opened := _columns(where, cells):
                headed, columns = True, opened
                spoken = {row.sequence for row in lines}
                continue
            text = "".join(cells).strip()
            if text.casefold().startswith(MARKER):
                columns = None
            if columns is None or not text:
                continue
            row = _row_or_fault(
                where, [cells[at].strip() if at < len(cells) else "" for at in columns], classes
            )
            if row is None or row.sequence in spoken:
                continue
            if row in lines:
                refuse("duplicate", f"{where}: this interaction is already in line {lines[row]}")
                continue
            lines[row] = line
    if not lines:
        lacks = "a row below the headings" if headed else f"a row with the headings {', '.join(HEADINGS)}"
        refuse_list(f"{path} has not {lacks}; export the sheet again")
    return list(lines)


def _of_csv(path: Path) -> Table:
    """The text, divided by what shows the headings: spreadsheets write semicolons in some countries."""
    text, tables, fault = read_text(path), [], ""
    for separator in (",", ";", "\t"):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        try:
            table = Table(str(path), [(reader.line_num, cells) for cells in reader])
        except csv.Error as error:
            fault = fault or f"{path}:{reader.line_num}: {error}; export the sheet again"
            continue
        if any(_columns(f"{path}:{line}", cells) for line, cells in table.lines):
            return table
        tables.append(table)
    if fault:
        raise InputError(fault)
    return tables[0]


def _of_workbook(path: Path) -> list[Table]:
    try:
        import xlrd
    except ImportError:
        raise InputError(
            f"{path} needs xlrd: {install(PIN)}; or save its sheet as "
            f"{path.with_suffix('.csv').name} beside it"
        ) from None
    try:
        book = xlrd.open_workbook(str(path), logfile=io.StringIO())  # it prints what it repairs
        sheets = [
            (sheet.name, [sheet.row_values(at) for at in range(sheet.nrows)]) for sheet in book.sheets()
        ]
    except Exception as error:  # on a damaged file xlrd raises whatever its parsing stumbles over
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path} cannot be read as a spreadsheet ({reason}); get it again") from error
    return [
        Table(
            f"{path} sheet {name}",
            [(line, [str(cell) for cell in cells]) for line, cells in enumerate(rows, 1)],
        )
        for name, rows in sheets
    ]


def _columns(where: str, cells: Sequence[str]) -> list[int] | None:
    """Where each of `HEADINGS` stands in a row; None when one is not there."""
    plain = [" ".join(cell.replace("#", " # ").casefold().split()) for cell in cells]
    if not set(HEADINGS) <= set(plain):
        return None
    if twice := [heading for heading in HEADINGS if plain.count(heading) > 1]:
        raise InputError(f"{where}: two columns are called {twice[0]!r}; keep one of them")
    return [plain.index(heading) for heading in HEADINGS]


def _row_or_fault(where: str, cells: Sequence[str], classes: int) -> Interaction | None:
    try:
        return _row(where, cells, classes)
    except InputError as error:
        refuse("label" if f": {HEADINGS[1]} is " in str(error) else "line", str(error))
        return None


def _row(where: str, cells: Sequence[str], classes: int) -> Interaction:
    sequence = re.sub(r"^seq", "", cells[0], flags=re.IGNORECASE)  # seq3 in the owner's sheet, 3 in ours
    bounds = ((1, SEQUENCES), (0, classes - 1), (1, LAST_FRAME), (1, LAST_FRAME))
    number, class_id, first, last = (
        _whole(f"{where}: {heading}", text, *within)
        for heading, text, within in zip(HEADINGS, [sequence, *cells[1:]], bounds, strict=True)
    )
    if last < first:
        raise InputError(f"{where}: the interaction ends at frame {last}, before it starts at {first}")
    return Interaction(number, class_id, Segment(first - 1, last))


def _whole(what: str, text: str, least: int, most: int) -> int:
    """A whole number as spreadsheets write it, `7` or `7.0`."""
    match = re.fullmatch(r"([0-9]{1,9})(?:\.0*)?", text, re.ASCII)
    if match is None or not least <= int(match[1]) <= most:
        raise InputError(f"{what} is {text[:50]!r}; wanted a number from {least} to {most}")
    return int(match[1])

"""The CSV of data of one's own: a heading `path,label` and, where wanted, `split`, `start`, `end`, `group`.

path: the video, from the folder of the CSV on. split: train or test, in all lines or in none. start and end:
the part in seconds. group: what clips of one source share.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
from pathlib import Path
from typing import NamedTuple

from repro.datasets.faults import lose_list, refuse
from repro.datasets.parsing import read_text
from repro.types import InputError, TimeSpan

REQUIRED = ("path", "label")
COLUMNS = (*REQUIRED, "split", "start", "end", "group")
_SECONDS = re.compile(r"[0-9]{1,7}(\.[0-9]{1,9})?", re.ASCII)


class OwnRow(NamedTuple):
    """subset: train, test, or empty if nothing divides. group: never empty. where: file and line, if
    listed."""

    path: Path
    label: str
    subset: str
    span: TimeSpan | None
    group: str
    where: str = ""

    @property
    def start_s(self) -> float:
        """Where its part begins; a whole video comes before its parts."""
        return -1 if self.span is None else self.span.start_s


def text_of(file: Path) -> str:
    """The content of the list. InputError if it cannot be read or is not UTF-8."""
    return read_text(file, "save it as UTF-8: in a spreadsheet, export it as 'CSV UTF-8'")


def default_group(path: Path) -> str:
    """A file without a group is a source of its own."""
    return os.path.realpath(path)


def read(file: Path) -> list[OwnRow]:
    """The rows of the list. Raises InputError naming file and line for anything of another form."""
    reader = csv.reader(io.StringIO(text_of(file), newline=""), strict=True)
    rows: list[OwnRow] = []
    refused = False
    try:
        columns = _columns(file, next(reader, []))
        for cells in reader:
            if not cells:
                continue
            try:
                rows.append(_row(file, f"{file}:{reader.line_num}", columns, cells))
            except InputError as error:
                refuse("line", str(error))
                refused = True
    except csv.Error as error:
        raise InputError(f"{file}:{reader.line_num}: {error}; write it as CSV again") from error
    if not rows and refused:  # where faults are collected, and each of its lines has been named
        lose_list()
    elif not rows:
        raise InputError(f"{file} has no row below its heading; wanted {','.join(COLUMNS)}")
    without = [row for row in rows if not row.subset]
    if 0 < len(without) < len(rows):
        raise InputError(f"{without[0].where}: no split, other lines have one; fill in all or none")
    return rows


def _columns(file: Path, heading: list[str]) -> list[str]:
    columns = [cell.strip() for cell in heading]
    unknown = sorted(set(columns) - set(COLUMNS))
    lost = [name for name in REQUIRED if name not in columns]
    divider = next((mark for mark in ";\t" if mark in "".join(heading)), "")
    hint = f", with commas between them instead of {divider!r}" if divider else ""
    if unknown or lost or len(set(columns)) < len(columns) or ("start" in columns) != ("end" in columns):
        raise InputError(
            f"{file}:1: the heading is {','.join(columns)[:200]!r}; wanted path,label and, where needed, "
            f"split, start and end, group{hint}"
        )
    return columns


def _row(file: Path, where: str, columns: list[str], cells: list[str]) -> OwnRow:
    if len(cells) != len(columns):
        raise InputError(f"{where}: {len(cells)} cells below {len(columns)} headings")
    values = dict.fromkeys(COLUMNS, "") | dict(zip(columns, map(str.strip, cells), strict=True))
    if not values["path"] or "\0" in values["path"]:
        raise InputError(f"{where}: no path")
    label = values["label"]
    if not label or not label.isprintable() or "/" in label or len(label) > 100:
        raise InputError(f"{where}: the label {label[:100]!r}; wanted printable words without a slash")
    if values["split"] not in ("", "train", "test"):
        raise InputError(f"{where}: split {values['split'][:100]!r}; wanted train or test")
    path = file.parent / values["path"]
    group = values["group"] or default_group(path)
    span = _span(where, values["start"], values["end"])
    return OwnRow(path, label, values["split"], span, group, where)


def _span(where: str, start: str, end: str) -> TimeSpan | None:
    if not start and not end:
        return None
    if not _SECONDS.fullmatch(start) or not _SECONDS.fullmatch(end):
        raise InputError(f"{where}: from {start[:40]!r} to {end[:40]!r}; wanted two numbers of seconds")
    start_s, stop_s = float(start), float(end)
    if not start_s < stop_s < math.inf:
        raise InputError(f"{where}: from {start} s to {end} s; it ends before it starts")
    return TimeSpan(start_s, stop_s)

"""The CSV of data of one's own: a heading `path,label` and, where wanted, `split`, `start`, `end`, `group`.

path: the video, from the folder of the CSV on. split: train or test, in all lines or in none. start and end:
the part in seconds. group: what clips of one source share.
"""

from __future__ import annotations

import csv
import io
import math
import re
from pathlib import Path
from typing import NamedTuple

from repro.datasets.faults import refuse
from repro.datasets.parsing import read_text
from repro.types import InputError, TimeSpan

REQUIRED = ("path", "label")
COLUMNS = (*REQUIRED, "split", "start", "end", "group")
_SECONDS = re.compile(r"[0-9]{1,7}(\.[0-9]{1,9})?", re.ASCII)


class OwnRow(NamedTuple):
    """part: train, test, or empty where the list does not divide. group: never empty."""

    path: Path
    label: str
    part: str
    span: TimeSpan | None
    group: str


def read(file: Path) -> list[OwnRow]:
    """The rows of the list. Raises InputError naming file and line for anything of another form."""
    reader = csv.reader(io.StringIO(read_text(file), newline=""), strict=True)
    rows: list[OwnRow] = []
    first_at: dict[tuple[Path, TimeSpan | None], int] = {}
    try:
        columns = _columns(file, next(reader, []))
        for cells in reader:
            if not cells:
                continue
            where = f"{file}:{reader.line_num}"
            try:
                row = _row(file, where, columns, cells)
            except InputError as error:
                refuse("line", str(error))
                continue
            key = row.path, row.span
            if key in first_at:
                refuse("duplicate", f"{where}: {row.path} stands already in line {first_at[key]}")
                continue
            first_at[key] = reader.line_num
            rows.append(row)
    except csv.Error as error:
        raise InputError(f"{file}:{reader.line_num}: {error}; write it as CSV again") from error
    if not rows:
        raise InputError(f"{file} has no row below its heading; wanted {','.join(COLUMNS)}")
    without = [row for row in rows if not row.part]
    if 0 < len(without) < len(rows):
        raise InputError(f"{file}: {without[0].path} has no split, others have; fill in all or none")
    return rows


def _columns(file: Path, heading: list[str]) -> list[str]:
    columns = [cell.strip() for cell in heading]
    unknown = sorted(set(columns) - set(COLUMNS))
    lost = [name for name in REQUIRED if name not in columns]
    if unknown or lost or len(set(columns)) < len(columns) or ("start" in columns) != ("end" in columns):
        raise InputError(
            f"{file}:1: the heading is {','.join(columns)[:200]!r}; wanted path,label and, where needed, "
            "split, start and end, group"
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
    group = values["group"] or str(path.resolve())
    return OwnRow(path, label, values["split"], _span(where, values["start"], values["end"]), group)


def _span(where: str, start: str, end: str) -> TimeSpan | None:
    if not start and not end:
        return None
    if not _SECONDS.fullmatch(start) or not _SECONDS.fullmatch(end):
        raise InputError(f"{where}: from {start[:40]!r} to {end[:40]!r}; wanted two numbers of seconds")
    start_s, stop_s = float(start), float(end)
    if not start_s < stop_s < math.inf:
        raise InputError(f"{where}: from {start} s to {end} s; it ends before it starts")
    return TimeSpan(start_s, stop_s)

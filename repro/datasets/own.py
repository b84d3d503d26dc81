"""Data of one's own: a folder of class folders, or a CSV that names the videos with their labels.

A set is called after where it lies and what it holds (`own-dance-3f2a9c01`), so that caches and runs of an
edited list are never mixed with those of the old one.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from repro.datasets import own_folder, own_list
from repro.datasets.assemble import ONLY_SPLIT, Listed, OnDisk, assemble, check_split
from repro.datasets.faults import collecting, note, now_collecting, refuse
from repro.datasets.listing import is_file, is_folder, missing_file, videos_below
from repro.datasets.own_list import COLUMNS, OwnRow
from repro.datasets.own_split import alike, check_classes, divide
from repro.types import InputError, Split, TimeSpan

PREFIX = "own-"
_File = tuple[int, int] | str  # as `_identity` has it


def name_of(place: Path) -> str:
    """The data set's name: of letters, digits and hyphens only. InputError where there is nothing."""
    content = hashlib.sha256(str(place.resolve()).encode(errors="surrogateescape"))
    if is_folder(place):
        with collecting():  # what is wrong with it is reported when it is loaded
            rows = own_folder.read(place).rows
        names = [str(row.path.relative_to(place)) for row in rows]
        content.update("\0".join(names).encode(errors="surrogateescape"))
    else:
        _check_list(place)
        lines = sorted(own_list.text_of(place).splitlines())  # their order means nothing
        content.update("\n".join(lines).encode())
    stem = re.sub(r"[^A-Za-z0-9]+", "-", place.resolve().stem).strip("-").lower()[:40] or "data"
    return f"{PREFIX}{stem}-{content.hexdigest()[:8]}"


def load(root: Path, split: str, lists: Path | None = None, *, allow_partial: bool = False) -> Split:
    """Split "1" of the videos that `root`, a folder or a CSV, names; labels in alphabetical order.

    The folder: see `own_folder`. The CSV: see `own_list`. Where neither divides, about a third of every class
    is tested, by whole groups, always the same ones. A group is the column `group`, the folder `<source>`,
    UCF101's `_gNN_` in the name, or else the file. Raises InputError for missing files, for a file that has
    two names, for a group on both sides and for a class that has no clip on one of them. What lies in the
    folder and is not taken is a fault for whoever verifies; a run prints `remarks`.
    """
    check_split("own data", split, ONLY_SPLIT)
    if lists is not None:
        raise InputError(f"--lists {lists}: own data has no lists; the columns are {', '.join(COLUMNS)}")
    listed, rows = _there(_once(_rows(root, allow_partial)), allow_partial)
    subsets = {one.video_id: row.subset for one, row in zip(listed, rows, strict=True)}
    divided = any(subsets.values())
    if not divided:
        subsets = divide(listed, rows)
    train, test = ([one for one in listed if subsets[one.video_id] == subset] for subset in ("train", "test"))
    for group in sorted({one.group for one in train} & {one.group for one in test}):
        refuse("leak", f"{root}: {group} is trained on and tested; clips of one group belong to one side")
    check_classes(root, rows, train, test, divided)
    classes = sorted({one.class_name for one in listed}, key=lambda name: (name.casefold(), name))
    clips = {one.video_id: row.path for one, row in zip(listed, rows, strict=True)}
    return assemble(name_of(root), split, classes, train, test, OnDisk(root, clips, ()), allow_partial)


def remarks(place: Path) -> tuple[str, ...]:
    """What a run on it should say, a line each: what is left out, and what one would not expect."""
    if not is_folder(place):
        return tuple(alike(row.label for row in own_list.read(place)))
    with collecting():  # folders that may not be read have been refused
        taken = own_folder.read(place)
    lines = alike(row.label for row in taken.rows)
    if taken.left_out:
        lines.append(f"left out: {own_folder.summary(taken.left_out, place)}")
    for folder in own_folder.validation_is_trained_on(taken.subsets):
        lines.append(f"{folder.name}/ is trained on too; what is held out for validation is drawn anew")
    return tuple(lines)


def videos_of(place: Path) -> list[Path]:
    """The videos that a list names, or that lie anywhere in a folder, whether they can be divided or not."""
    if is_folder(place):
        return list(videos_below(place))
    return [row.path for row in own_list.read(place) if not missing_file(row.path)]


def _rows(place: Path, allow_partial: bool) -> list[OwnRow]:
    if not is_folder(place):
        _check_list(place)
        return own_list.read(place)
    taken = own_folder.read(place)
    if now_collecting():
        for line in own_folder.named(taken.left_out):
            (note if allow_partial else refuse)("unused", line)
    if not taken.rows:
        left_out = f"; left out: {own_folder.summary(taken.left_out, place)}" if taken.left_out else ""
        raise InputError(f"{place}: no video in its folders; wanted {own_folder.WANTED}{left_out}")
    only = place / taken.rows[0].label
    if not taken.subsets and {row.path.parent.parent for row in taken.rows} == {only}:
        raise InputError(f"{place} has one class, {only.name}; if its folders are the classes, name {only}")
    return list(taken.rows)


def _check_list(place: Path) -> None:
    if place.suffix.lower() != ".csv" or not is_file(place):
        what = "is no data set" if os.path.lexists(place) else "is not there"
        raise InputError(f"{place} {what}; name a data set, a folder of class folders, or a .csv file")


def _once(rows: Sequence[OwnRow]) -> list[OwnRow]:
    """The rows without those that name a file, or a part of it, again; parts of one file are one source.

    A file may have several names: through links, `./`, or capitals where the file system ignores them.
    """
    first: dict[tuple[_File, TimeSpan | None], OwnRow] = {}
    kept: list[tuple[_File, OwnRow]] = []
    for row in rows:
        file = _identity(row.path)
        before = first.setdefault((file, row.span), row)
        if before is not row:
            refuse("duplicate", f"{_again(row, before)}; a video has one label, remove one of the two")
            continue
        kept.append((file, row))
    sources = _sources(kept)
    return [row if _names_its_group(row) else row._replace(group=sources[file]) for file, row in kept]


def _sources(rows: Sequence[tuple[_File, OwnRow]]) -> dict[_File, str]:
    """The group of each file's parts that name none: one that another part names, on whichever line."""
    groups: dict[_File, list[tuple[bool, str]]] = {}
    for file, row in rows:
        groups.setdefault(file, []).append((not _names_its_group(row), row.group))
    return {file: min(of_file)[1] for file, of_file in groups.items()}


def _names_its_group(row: OwnRow) -> bool:
    return row.group != own_list.default_group(row.path)


def _again(row: OwnRow, before: OwnRow) -> str:
    if row.where:
        return f"{row.where}: {row.path} is the video of {before.where}"
    return f"{row.path} is the same file as {before.path}"


def _identity(path: Path) -> _File:
    """Equal for all names of a file; of one that is not there its path."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return os.path.realpath(path)
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


def _listed(rows: Sequence[OwnRow]) -> list[Listed]:
    """`label/name`; where several have that name, `label/name/1`, `label/name/2` in the order of their paths
    and spans: the order of a list means nothing.
    """
    names = [f"{row.label}/{row.path.stem}" for row in rows]
    several, numbers = Counter(names), Counter[str]()
    ids: dict[int, str] = {}
    for at in sorted(range(len(rows)), key=lambda at: (rows[at].path, rows[at].start_s)):
        numbers[names[at]] += 1
        ids[at] = f"{names[at]}/{numbers[names[at]]}" if several[names[at]] > 1 else names[at]
    return [Listed(ids[at], row.label, row.group, span=row.span) for at, row in enumerate(rows)]


def _there(rows: Sequence[OwnRow], allow_partial: bool) -> tuple[list[Listed], list[OwnRow]]:
    """The samples whose videos are there, and their rows; each of the others is a fault of its line."""
    there, faults = [], []
    for one, row in zip(_listed(rows), rows, strict=True):
        if lack := missing_file(row.path):
            hint = "write / between folders, not \\" if "\\" in str(row.path) else "correct the path"
            faults.append(f"{row.where or one.video_id}: {row.path} {lack}; {hint}")
        else:
            there.append((one, row))
    if now_collecting():
        for text in faults:
            (note if allow_partial else refuse)("missing", text)
    elif faults and not allow_partial:
        others = f" ({len(faults) - 1} more lack)" if len(faults) > 1 else ""
        raise InputError(f"{faults[0]}, or use the videos that are there with --partial{others}")
    return [one for one, _ in there], [row for _, row in there]

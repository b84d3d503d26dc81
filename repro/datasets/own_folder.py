"""A folder of class folders: which of its files are taken for which class, and what is left out and why.

`<class>/<video>`, or `<class>/<source>/<video>` where the videos of a folder share a source; the same below
`train/` and `test/`, which then are the two parts. `val/` is the tested part where there is no `test/`;
beside one it is trained on, since every recipe takes its validation videos out of the training part.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from repro.datasets.assemble import some
from repro.datasets.faults import refuse
from repro.datasets.listing import Kind, contents, holds_videos, is_link, is_video, visible
from repro.datasets.own_list import OwnRow
from repro.types import InputError

WANTED = "<class>/<video>, <class>/<source>/<video>, or these below train/ and test/"
TRAIN, TEST, VALIDATION = "train", "test", "validation"
_SUBSETS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("test", "testing"), TEST),
    **dict.fromkeys(("val", "valid", "validation"), VALIDATION),
}
_UCF_GROUP = re.compile(r"v_.+_(g[0-9]{2})_c[0-9]{2}", re.ASCII)


class Why(NamedTuple):
    """Why something is not taken, in words for one and for several."""

    one: str
    several: str


DEEP = Why("a video that lies too deep", "videos that lie too deep")
NO_CLASS = Why("a video in no class folder", "videos in no class folder")
BESIDE = Why("a video beside the parts of the split", "videos beside the parts of the split")
DANGLING = Why("a link that leads to nothing", "links that lead to nothing")
AGAIN = Why("a link to a folder that is read already", "links to folders that are read already")
NO_VIDEO = Why("no video, by its suffix", "files that are no videos, by their suffixes")
NO_FILE = Why("a pipe or a device", "pipes or devices")
EMPTY = Why("a class folder without a video", "class folders without a video")
_NEITHER = {Kind.FILE: NO_VIDEO, Kind.DANGLING: DANGLING, Kind.OTHER: NO_FILE}


class LeftOut(NamedTuple):
    """Something that is in the folder and not taken."""

    path: Path
    why: Why


class Taken(NamedTuple):
    """rows: the videos, by class. left_out: all else that is not hidden. subsets: folders, if they divide."""

    rows: tuple[OwnRow, ...]
    left_out: tuple[LeftOut, ...]
    subsets: dict[Path, str]


def read(place: Path) -> Taken:
    """What the folder holds. InputError where it has one part of a split and nothing else.

    `refuse` for folders in it that may not be read.
    """
    reader, subsets = _Reader(place), subsets_of(place)
    if not subsets:
        reader.take_classes(place, "")
    for folder, side in subsets.items():
        reader.take_classes(folder, side)
    if subsets:
        reader.leave_beside(subsets)
    return Taken(tuple(reader.rows), tuple(reader.left_out), subsets)


def subsets_of(place: Path) -> dict[Path, str]:
    """The folders that are `TRAIN` and `TEST`, if the folder is divided that way."""
    folders = visible(place, files=False)
    named = {path: _SUBSETS[path.name.casefold()] for path in folders if path.name.casefold() in _SUBSETS}
    sides = set(named.values())
    whole = TRAIN in sides and len(sides) > 1
    if named and not whole and not holds_videos(*(path for path in folders if path not in named)):
        first, lacks = next(iter(named)), TEST if TRAIN in sides else TRAIN
        raise InputError(
            f"{place} has videos in {first.name}/, but no {lacks}/; put it beside that, or name {first} to "
            "have its classes divided"
        )
    if not whole:
        return {}
    validation = TRAIN if TEST in sides else TEST
    return {path: validation if side == VALIDATION else side for path, side in named.items()}


def validation_is_trained_on(subsets: dict[Path, str]) -> list[Path]:
    """The folders of validation videos that lie beside a test folder."""
    return [
        path
        for path, side in subsets.items()
        if side == TRAIN and _SUBSETS[path.name.casefold()] == VALIDATION
    ]


def summary(left_out: Sequence[LeftOut], place: Path) -> str:
    """All that is left out, counted, with the first names of each kind."""
    by_reason: dict[Why, list[str]] = defaultdict(list)
    for path, why in left_out:
        by_reason[why].append(str(path.relative_to(place)))
    return ", ".join(
        f"{f'{len(names)} {why.several}' if len(names) > 1 else why.one} ({some(names)})"
        for why, names in by_reason.items()
    )


def named(left_out: Sequence[LeftOut]) -> list[str]:
    """A line for each; one for all files of a folder that are no videos, which may be a hundred thousand."""
    lines = [f"{path} is {why.one}" for path, why in left_out if why is not NO_VIDEO]
    others: dict[Path, list[str]] = defaultdict(list)
    for path, why in left_out:
        if why is NO_VIDEO:
            others[path.parent].append(path.name)
    for folder, names in others.items():
        what = f"{len(names)} {NO_VIDEO.several}" if len(names) > 1 else NO_VIDEO.one
        lines.append(f"{folder}: {what}: {some(names)}")
    return lines


class _Reader:
    """Collects what is taken and what is left out."""

    def __init__(self, place: Path) -> None:
        self.place, self.real = place, Path(os.path.realpath(place))
        self.rows: list[OwnRow] = []
        self.left_out: list[LeftOut] = []
        self._linked: set[Path] = set()

    def take_classes(self, folder: Path, subset: str) -> None:
        """Every folder in it is a class."""
        for of_class in self._sort(folder, self._leaver(NO_CLASS)):
            if not of_class.name.isprintable():
                text = f"{str(of_class)!a}: this class could not be printed; rename the folder"
                refuse("label", text)
                continue
            before = len(self.rows)
            for source in self._sort(of_class, self._taker(of_class, subset)):
                deeper = self._sort(source, self._taker(of_class, subset, source.name))
                self._leave_all(deeper, DEEP)
            if len(self.rows) == before and os.access(of_class, os.R_OK):  # else that is its fault
                self.left_out.append(LeftOut(of_class, EMPTY))

    def leave_beside(self, subsets: dict[Path, str]) -> None:
        """What lies where the parts do."""
        beside = self._sort(self.place, self._leaver(BESIDE))
        self._leave_all([path for path in beside if path not in subsets], BESIDE)

    def _leave_all(self, folders: list[Path], why: Why) -> None:
        while folders:
            folders = folders + self._sort(folders.pop(), self._leaver(why))

    def _sort(self, folder: Path, take: Callable[[Path], None]) -> list[Path]:
        """`take` the videos, leave out what is neither a video nor a folder, and return the folders."""
        folders = []
        for path, kind in contents(folder).items():
            if kind is Kind.FOLDER and not self._again(path):
                folders.append(path)
            elif kind is Kind.FILE and is_video(path):
                take(path)
            else:
                self.left_out.append(LeftOut(path, AGAIN if kind is Kind.FOLDER else _NEITHER[kind]))
        return folders

    def _again(self, folder: Path) -> bool:
        """Whether it is a link into this tree, to one that holds it, or to where another link has led."""
        if not is_link(folder):
            return False
        real = Path(os.path.realpath(folder))
        if real in self._linked or real.is_relative_to(self.real) or self.real.is_relative_to(real):
            return True
        self._linked.add(real)
        return False

    def _leaver(self, why: Why) -> Callable[[Path], None]:
        return lambda path: self.left_out.append(LeftOut(path, why))

    def _taker(self, of_class: Path, subset: str, source: str = "") -> Callable[[Path], None]:
        return lambda path: self.rows.append(
            OwnRow(path, of_class.name, subset, None, self._group(path, of_class, source))
        )

    def _group(self, path: Path, of_class: Path, source: str) -> str:
        """UCF101's group, the source folder, or the file itself: names in train/ and test/ may be equal."""
        match = _UCF_GROUP.fullmatch(path.stem)
        if source or match:
            return f"{of_class.name}/{source or (match and match[1])}"
        return f"{of_class.relative_to(self.place)}/{path.stem}"

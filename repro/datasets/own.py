"""Data of one's own: a folder of class folders, or a CSV that names the videos with their labels.

A set is called after where it lies and what it holds (`own-dance-3f2a9c01`), so that caches and runs of an
edited list are never mixed with those of the old one.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from repro.datasets.assemble import ONLY_SPLIT, VIDEO_SUFFIXES, Found, Listed, assemble, check_split, visible
from repro.datasets.faults import refuse
from repro.datasets.holdout import hold_out
from repro.datasets.own_list import COLUMNS, OwnRow, read
from repro.types import InputError, Split, VideoRef

PREFIX = "own-"
TEST_SHARE, SEED = 0.3, 0
_UCF_GROUP = re.compile(r"v_.+_(g[0-9]{2})_c[0-9]{2}", re.ASCII)


def name_of(place: Path) -> str:
    """The data set's name: of letters, digits and hyphens only. InputError where there is nothing."""
    content = hashlib.sha256(str(place.resolve()).encode(errors="surrogateescape"))
    if place.is_dir():
        names = [str(row.path.relative_to(place)) for row in _of_folder(place)]
        content.update("\0".join(names).encode(errors="surrogateescape"))
    else:
        _check_list(place)
        content.update(place.read_bytes())
    stem = re.sub(r"[^A-Za-z0-9]+", "-", place.resolve().stem).strip("-").lower()[:40] or "data"
    return f"{PREFIX}{stem}-{content.hexdigest()[:8]}"


def load(root: Path, split: str, lists: Path | None = None, *, allow_partial: bool = False) -> Split:
    """Split "1" of the videos that `root`, a folder or a CSV, names; labels in alphabetical order.

    The folder: `<class>/<video>`, or `<class>/<source>/<video>` where the videos of a folder share a source.
    The CSV: see `own_list`. Without its column `split`, about a third of every class is tested, by whole
    groups, always the same ones. A group is the column `group`, the folder `<source>`, UCF101's `_gNN_` in
    the name, or else the file. Raises InputError for missing files, for a group on both sides and for a class
    that has no clip on one of them.
    """
    check_split("own data", split, ONLY_SPLIT)
    if lists is not None:
        raise InputError(f"--lists {lists}: own data has no lists; the columns are {', '.join(COLUMNS)}")
    rows = _rows(root)
    listed = _listed(rows)
    clips = {one.video_id: row.path for one, row in zip(listed, rows, strict=True) if row.path.is_file()}
    parts = {one.video_id: row.part for one, row in zip(listed, rows, strict=True)}
    if not any(parts.values()):
        parts = _divide(root, listed, rows)
    train, test = ([one for one in listed if parts[one.video_id] == part] for part in ("train", "test"))
    for group in sorted({one.group for one in train} & {one.group for one in test}):
        refuse("leak", f"{root}: {group} is trained on and tested; clips of one group belong to one side")
    _check_classes(root, train, test)
    classes = sorted({one.class_name for one in listed}, key=lambda name: (name.casefold(), name))
    return assemble(name_of(root), split, classes, train, test, Found(root, clips, ()), allow_partial)


def _rows(place: Path) -> list[OwnRow]:
    if not place.is_dir():
        _check_list(place)
        return read(place)
    rows = _of_folder(place)
    if not rows:
        raise InputError(
            f"{place}: no video in its folders; wanted <class>/<video> with {', '.join(VIDEO_SUFFIXES)}"
        )
    return rows


def _check_list(place: Path) -> None:
    if place.suffix != ".csv" or not place.is_file():
        what = "is no data set" if place.exists() else "is not there"
        raise InputError(f"{place} {what}; name a data set, a folder of class folders, or a .csv file")


def _of_folder(place: Path) -> list[OwnRow]:
    rows = []
    for folder in visible(place, files=False):
        for path in _videos(folder):
            match = _UCF_GROUP.fullmatch(path.stem)
            group = f"{folder.name}/{match[1] if match else path.stem}"
            rows.append(OwnRow(path, folder.name, "", None, group))
        for source in visible(folder, files=False):
            rows += [
                OwnRow(path, folder.name, "", None, f"{folder.name}/{source.name}")
                for path in _videos(source)
            ]
    return rows


def _videos(folder: Path) -> list[Path]:
    return [path for path in visible(folder, files=True) if path.suffix.lower() in VIDEO_SUFFIXES]


def _listed(rows: Sequence[OwnRow]) -> list[Listed]:
    """`label/name`; where several have that name, `label/name/1`, `label/name/2` in the order of the rows."""
    names = [f"{row.label}/{row.path.stem}" for row in rows]
    several, numbers = Counter(names), Counter[str]()
    listed = []
    for name, row in zip(names, rows, strict=True):
        numbers[name] += 1
        video_id = f"{name}/{numbers[name]}" if several[name] > 1 else name
        listed.append(Listed(video_id, row.label, row.group, span=row.span))
    return listed


def _divide(place: Path, listed: Sequence[Listed], rows: Sequence[OwnRow]) -> dict[str, str]:
    """train or test of every video, drawn by groups; InputError where a class would be on one side only."""
    labels = {name: label for label, name in enumerate(sorted({one.class_name for one in listed}))}
    refs = [
        VideoRef(one.video_id, row.path, labels[one.class_name], one.group)
        for one, row in zip(listed, rows, strict=True)
    ]
    try:
        _, test = hold_out(refs, TEST_SHARE, SEED)
    except InputError:
        test = ()  # no class has two groups, which is said class by class
    tested = {ref.video_id for ref in test}
    return {one.video_id: "test" if one.video_id in tested else "train" for one in listed}


def _check_classes(place: Path, train: Sequence[Listed], test: Sequence[Listed]) -> None:
    sides = {"training": {one.class_name for one in train}, "test": {one.class_name for one in test}}
    for side, there in sides.items():
        if lost := sorted(set.union(*sides.values()) - there):
            raise InputError(
                f"{place}: no {side} clip of {', '.join(lost)}; give every class clips of two source groups "
                "at least, or divide them with a column `split`"
            )

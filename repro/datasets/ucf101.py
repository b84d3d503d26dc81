"""UCF101 and data sets in its layout, such as the demo set."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from repro.datasets.assemble import Listed, OnDisk, assemble, check_split
from repro.datasets.faults import refuse
from repro.datasets.listing import is_file, list_folders, video_folder, videos_in, visible
from repro.datasets.parsing import read_lines
from repro.paths import data_lists_folder
from repro.types import InputError, Split

GROUPS, TESTED_GROUPS = 25, 7
VIDEOS = ("UCF-101", "UCF101")
LIST_FOLDER = "ucfTrainTestlist"
# The lists spell the files of this one class differently from its folder; copies have either in both places.
FILE_SPELLING = {"HandstandPushups": "HandStandPushups"}
_STEM = r"v_(?P<name>[A-Za-z0-9]+)_g(?P<group>0[1-9]|1[0-9]|2[0-5])_c(?P<number>[0-9][0-9])"


class Clip(NamedTuple):
    """`v_<Class>_g<group>_c<number>.avi`; sorts as the official lists do within a class."""

    class_name: str
    group: int
    number: int

    def listed(self) -> Listed:
        stem = FILE_SPELLING.get(self.class_name, self.class_name)
        video_id = f"{self.class_name}/v_{stem}_g{self.group:02d}_c{self.number:02d}"
        return Listed(video_id, self.class_name, f"{self.class_name}/g{self.group:02d}")

    def in_test(self, split: str) -> bool:
        """The owner's rule: split s tests groups 7(s-1)+1 to 7s and trains on all others."""
        return (self.group - 1) // TESTED_GROUPS == int(split) - 1


@cache
def inventory() -> dict[str, tuple[int, ...]]:
    """The 101 official classes in label order, each with its number of clips in groups 1 to 25."""
    path = data_lists_folder() / "ucf101" / "inventory.tsv"
    lines = read_lines(path, r"([A-Za-z]+)\t([0-9]{25})", "Class<tab>25 digits")
    return {match[1]: tuple(map(int, match[2])) for _, match in lines}


def official_clips() -> list[Clip]:
    """All 13,320 clips in the order of the official lists."""
    return [
        Clip(name, group, number)
        for name, counts in inventory().items()
        for group, count in enumerate(counts, 1)
        for number in range(1, count + 1)
    ]


def load(
    root: Path,
    split: str,
    lists: Path | None = None,
    *,
    allow_partial: bool = False,
    dataset: str = "ucf101",
    only: Collection[str] = (),
) -> Split:
    """Split "1", "2" or "3" of the videos in `root`: `UCF-101/`, class folders, or the flat clips.

    The videos are the owner's .avi or re-encoded ones. lists: the folder of classInd.txt, trainlist0S.txt,
    testlist0S.txt; without it `ucfTrainTestlist` or `annotations` in `root` or beside it. Lists decide;
    without any, official classes follow the inventory and others the files that are there, both by the group
    rule. only: where all classes are official, those that count; the others are passed over, on disk and in
    the lists. Raises InputError for anything missing, unlisted or malformed.
    """
    check_split(dataset, split)
    lists = find_lists(root, lists)
    on_disk, clips_there = _find(root)
    if lists is not None:
        classes = _read_classes(lists)
        if not classes:
            raise InputError(f"{lists / 'classInd.txt'} names no class; wanted lines of the form 1 <Class>")
        train, test = (
            _read_list(lists / f"{subset}list0{split}.txt", classes) for subset in ("train", "test")
        )
    else:
        official = {clip.class_name for clip in clips_there} <= set(inventory())
        clips = official_clips() if official else sorted(clips_there)
        classes = list(inventory()) if official else sorted({c.class_name for c in clips}, key=str.casefold)
        train = [clip for clip in clips if not clip.in_test(split)]
        test = [clip for clip in clips if clip.in_test(split)]
    if only and set(classes) <= set(inventory()):
        classes = [name for name in classes if name in only]
        train, test = ([clip for clip in subset if clip.class_name in only] for subset in (train, test))
        kept = {name: path for name, path in on_disk.clips.items() if name.split("/")[0] in only}
        on_disk = on_disk._replace(clips=kept)
    return assemble(dataset, split, classes, _listed(train), _listed(test), on_disk, allow_partial)


def _listed(clips: Iterable[Clip]) -> list[Listed]:
    return [clip.listed() for clip in clips]


def find_lists(root: Path, given: Path | None) -> Path | None:
    """The folder with the lists, or None when none is given and none lies in or beside `root`."""
    for place in list_folders(root, LIST_FOLDER, given):
        if is_file(place / "classInd.txt"):
            return place
    if given:
        raise InputError(f"no classInd.txt in {given}; name the folder that holds it and the trainlist files")
    return None


def _find(root: Path) -> tuple[OnDisk, list[Clip]]:
    """The clips in the class folders, or those of the flat distribution."""
    folder = video_folder(root, VIDEOS)
    files = [(path, _class_of(sub.name)) for sub in visible(folder, files=False) for path in videos_in(sub)]
    files += [(path, "") for path in videos_in(folder)]
    parsed = [(_clip(path.stem, folder_name), path) for path, folder_name in files]
    on_disk = OnDisk.of(folder, ((clip and clip.listed().video_id, path) for clip, path in parsed))
    return on_disk, list(dict.fromkeys(clip for clip, _ in parsed if clip is not None))


def _clip(stem: str, folder_name: str) -> Clip | None:
    """What a file's name says; None for another name, or one of another class than its folder's."""
    match = re.fullmatch(_STEM, stem, re.ASCII)
    if match is None or folder_name not in ("", _class_of(match["name"])):
        return None
    return Clip(_class_of(match["name"]), int(match["group"]), int(match["number"]))


def _class_of(spelled: str) -> str:
    """The class as its folder and classInd.txt spell it."""
    return next((name for name, other in FILE_SPELLING.items() if spelled == other), spelled)


def _read_classes(lists: Path) -> list[str]:
    path = lists / "classInd.txt"
    classes = []
    for number, match in read_lines(path, r"([1-9][0-9]*) ([A-Za-z0-9]+)", "<index> <Class>"):
        name = _class_of(match[2])
        if int(match[1]) != number or name in classes:
            refuse("label", f"{path}:{number}: {match[0]!r}; indices count from 1 and each class stands once")
            if name in classes:
                continue
        classes.append(name)
    return classes


def _read_list(path: Path, classes: list[str]) -> list[Clip]:
    """Clips of one list file; the folder is the class, and an index after the name must agree with it."""
    pattern = rf"(?P<folder>[A-Za-z0-9]+)/{_STEM}\.avi(?: (?P<index>[1-9][0-9]*))?"
    clips: dict[Clip, int] = {}
    for number, match in read_lines(path, pattern, "<Class>/v_<Class>_g<01-25>_c<NN>.avi [<index>]"):
        name = _class_of(match["folder"])
        if name not in classes or _class_of(match["name"]) != name:
            refuse("label", f"{path}:{number}: {match[0]!r}: no such class, or the file is of another class")
            continue
        if match["index"] and int(match["index"]) != classes.index(name) + 1:
            refuse(
                "label", f"{path}:{number}: {match[0]!r}: classInd.txt gives {name} {classes.index(name) + 1}"
            )
        clip = Clip(name, int(match["group"]), int(match["number"]))
        if clip in clips:
            refuse("duplicate", f"{path}:{number}: {match[0]!r} stands already in line {clips[clip]}")
            continue
        clips[clip] = number
    return list(clips)

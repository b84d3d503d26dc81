"""Hollywood2's actions: clips of films that may show several of twelve actions at once.

A sample is called as its file is: `actioncliptrain00001`. Its `label` is the first of its classes in label
order, the others are in `others`. Nothing tells which film a clip is from, so each is a group of its own; the
owner's two parts are of different films.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from repro.datasets.assemble import ONLY_SPLIT, Listed, OnDisk, assemble, check_split
from repro.datasets.faults import refuse, refuse_list
from repro.datasets.listing import list_folders, video_folder, videos_in, visible
from repro.datasets.parsing import published, read_lines
from repro.types import InputError, Split

SUBSETS = ("train", "test")
VIDEOS, LISTS = ("AVIClips", "Hollywood2/AVIClips"), "ClipSets"
UNUSED = "actionclipauto"  # labelled by a script, noisy
_LIST_FILE = re.compile(r"(?P<class>[A-Z][A-Za-z0-9]*)_(?P<part>train|test)\.txt", re.ASCII)
_CLIP = re.compile(r"actionclip(?:train|test)[0-9]{5}", re.ASCII)
Positives = dict[str, tuple[str, ...]]  # clip -> its classes in label order
# The twelve classes in label order; per part the number of clips, and of those that show each class.
expected = partial(published, "hollywood2")


def load(root: Path, split: str, lists: Path | None = None, *, allow_partial: bool = False) -> Split:
    """Split "1": `AVIClips/actioncliptrain<NNNNN>.avi` and `AVIClips/actioncliptest<NNNNN>.avi`.

    root: the folder of AVIClips, or one that holds `Hollywood2`. lists: the folder of `<Class>_train.txt` and
    `<Class>_test.txt`; without it `ClipSets` or `annotations` beside AVIClips. The noisy clips of the
    automatic part are passed over. Classes are the official twelve, or, where the lists know others as the
    demo set's do, theirs in alphabetical order. Raises InputError for anything missing, unlisted or
    malformed, for a clip without any class, and without `allow_partial` for official classes with other
    numbers than the owner's.
    """
    check_split("hollywood2", split, ONLY_SPLIT)
    videos = video_folder(root, VIDEOS)
    folder = find_lists(videos, lists)
    classes, positives = read_classes(folder), {}
    for subset in SUBSETS:
        positives[subset] = read_subset(folder, classes, subset)
        if not allow_partial and list(classes) == expected()["classes"]:
            _check_official(folder, subset, positives[subset])
    train, test = (
        [Listed(clip, named[0], clip, others=named[1:]) for clip, named in positives[subset].items()]
        for subset in SUBSETS
    )
    return assemble("hollywood2", split, classes, train, test, _find(videos), allow_partial)


def find_lists(videos: Path, given: Path | None = None) -> Path:
    """The folder of the lists: `given` or `ClipSets` in it, or that, or `annotations`, in `videos` or beside
    it; or InputError.
    """
    places = list_folders(videos, LISTS, given)
    for place in places:
        if any(_LIST_FILE.fullmatch(path.name) for path in visible(place, files=True)):
            return place
    raise InputError(
        f"no Hollywood2 lists (<Class>_train.txt) in {places[0]} or {places[1]}; put the owner's {LISTS} "
        "there, or name it with --lists"
    )


def read_classes(folder: Path) -> tuple[str, ...]:
    """The classes in label order. InputError for a class with one list only, else a lost one would go
    unnoticed, and where some but not all classes are official.
    """
    subsets: dict[str, set[str]] = {}
    for path in visible(folder, files=True):
        if match := _LIST_FILE.fullmatch(path.name):
            subsets.setdefault(match["class"], set()).add(match["part"])
    official = expected()["classes"]
    if set(subsets) < set(official):
        lost = [f"{name}_train.txt" for name in official if name not in subsets]
    else:
        lost = [
            f"{name}_{subset}.txt"
            for name in sorted(subsets)
            for subset in SUBSETS
            if subset not in subsets[name]
        ]
    for name in lost:
        refuse_list(f"{folder / name} is missing beside its siblings")
    if set(subsets) == set(official):
        return tuple(official)
    return tuple(sorted(subsets, key=str.casefold))


def read_subset(folder: Path, classes: Sequence[str], subset: str) -> Positives:
    """The classes of every clip of "train" or "test", in the order of the lists.

    A line is the clip and 1 or -1, whatever blanks are between; each list names all clips of its part. Raises
    InputError with file and line for one of another form, a clip that stands in one list twice or not in all,
    and a clip that shows no class.
    """
    flags = {name: _read_flags(folder / f"{name}_{subset}.txt", subset) for name in classes}
    flags = {
        name: of_class for name, of_class in flags.items() if of_class
    }  # empty: a fault that is known already
    clips = {clip: name for name in reversed(flags) for clip in flags[name]}
    for clip in sorted(clips):
        for name in (name for name, of_class in flags.items() if clip not in of_class):
            refuse(
                "line",
                f"{folder / f'{name}_{subset}.txt'} lacks {clip}, which {clips[clip]}_{subset}.txt has; "
                "every list names all clips of its part",
            )
    order = dict.fromkeys(clip for of_class in flags.values() for clip in of_class)
    positives = {clip: tuple(name for name in flags if flags[name].get(clip)) for clip in order}
    for clip in [clip for clip, named in positives.items() if not named]:
        if len(flags) == len(classes):
            refuse("label", f"{folder}: {clip} is -1 in all {len(classes)} lists; get the lists again")
        del positives[clip]
    return positives


def _read_flags(path: Path, subset: str) -> dict[str, bool]:
    flags: dict[str, bool] = {}
    pattern = r"(actionclip(?:train|test)[0-9]{5})[ \t]+(1|-1)[ \t]*"
    for number, match in read_lines(path, pattern, f"actionclip{subset}<NNNNN>  <1 or -1>"):
        if not match[1].startswith(f"actionclip{subset}"):
            refuse("leak", f"{path}:{number}: {match[1]} is not of the {subset} part")
            continue
        if match[1] in flags:
            refuse("duplicate", f"{path}:{number}: {match[1]} has a second flag")
            continue
        flags[match[1]] = match[2] == "1"
    return flags


def _check_official(folder: Path, subset: str, positives: Positives) -> None:
    wanted = expected()[subset]
    if len(positives) != wanted["clips"]:
        _refuse(folder, subset, f"{len(positives)} clips, the owner's {wanted['clips']}")
    clips = count(positives.values())
    for name, number in wanted["positives"].items():
        if clips[name] != number:
            _refuse(folder, subset, f"{clips[name]} clips of {name}, the owner's {number}")


def count(positives: Iterable[Sequence[str]]) -> Mapping[str, int]:
    """How many clips show each class."""
    return Counter(name for named in positives for name in named)


def _refuse(folder: Path, subset: str, numbers: str) -> None:
    refuse(
        "count",
        f"{folder}: the {subset} lists have {numbers}; get them again, or take what is there with --partial",
    )


def _find(folder: Path) -> OnDisk:
    videos = [path for path in videos_in(folder) if not path.stem.startswith(UNUSED)]
    return OnDisk.of(folder, ((path.stem if _CLIP.fullmatch(path.stem) else None, path) for path in videos))

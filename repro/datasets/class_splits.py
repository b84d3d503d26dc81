"""The layout that JHMDB-21 and HMDB51 share: folders of classes, and a file `<class>_test_split<S>.txt` for
every class and split that flags each clip.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from repro.datasets.assemble import Listed, OnDisk
from repro.datasets.faults import refuse, refuse_list
from repro.datasets.listing import list_folders, videos_in, visible
from repro.datasets.parsing import read_lines
from repro.types import InputError

TRAIN, TEST, UNUSED = "1", "2", "0"
Flags = dict[str, dict[str, str]]  # class -> clip without suffix -> flag, in the order of the files
_SPLIT_FILE = re.compile(r"(?P<class>[A-Za-z0-9_]+)_test_split(?P<split>[123])\.txt", re.ASCII)
_NAME = r"(?P<source>.+)_{name}_[hufl]_[cn]m_np[0-9]+_(?:fr|ba|le|ri)_(?:bad|med|goo)_[0-9]+"


def find_lists(title: str, archive: str, sub_folder: str, root: Path, given: Path | None) -> Path:
    """The folder with the split files: `given` or `sub_folder` in it, or `sub_folder` in or beside `root`.

    `annotations` will do for `sub_folder`. title and archive are for the InputError, which says where the
    files should be.
    """
    places = list_folders(root, sub_folder, given)
    for place in places:
        if any(_SPLIT_FILE.fullmatch(path.name) for path in visible(place, files=True)):
            return place
    raise InputError(
        f"no {title} split files (<class>_test_split1.txt) in {places[0]} or {places[1]}; "
        f"unpack the owner's {archive} there, or name their folder with --lists"
    )


def read_split(folder: Path, split: str, pattern: str, form: str, *other_names: str) -> Flags:
    """The flags of all clips, classes in alphabetical order.

    pattern: a line; its first group is the clip without suffix, its second the flag. form: for people.
    other_names: see `source_of`. Raises InputError for a class without all three of its files, else a lost
    one would go unnoticed, for a malformed line, a clip that is flagged twice and one of unknown
    source.
    """
    files: dict[str, dict[str, Path]] = {}
    for path in visible(folder, files=True):
        if match := _SPLIT_FILE.fullmatch(path.name):
            files.setdefault(match["class"], {})[match["split"]] = path
    for name, of_class in files.items():
        if lost := sorted({"1", "2", "3"} - set(of_class)):
            refuse_list(f"{folder / f'{name}_test_split{lost[0]}.txt'} is missing beside its siblings")
    # By the names of the classes: those of the files would put climb_stairs before climb.
    return {
        name: _read_flags(files[name][split], name, pattern, form, other_names)
        for name in sorted(files, key=str.casefold)
        if split in files[name]
    }


def _read_flags(
    path: Path, class_name: str, pattern: str, form: str, other_names: Sequence[str]
) -> dict[str, str]:
    flags: dict[str, str] = {}
    for number, match in read_lines(path, pattern, form):
        try:
            source_of(match[1], class_name, *other_names)
        except InputError as error:
            refuse("label", f"{path}:{number}: {error}")
            continue
        if match[1] in flags:
            kind = "leak" if {flags[match[1]], match[2]} == {TRAIN, TEST} else "duplicate"
            refuse(kind, f"{path}:{number}: {match[1]}.avi has a second flag")
            continue
        flags[match[1]] = match[2]
    return flags


def source_of(clip: str, class_name: str, *other_names: str) -> str:
    """The source video that clips share: what stands before `_<class>_<visible>_<camera>_np<N>_...`.

    other_names: patterns with `{name}` for the class and a group `source`. InputError if it is unknown.
    """
    for form in (_NAME, *other_names):
        if match := re.fullmatch(form.format(name=re.escape(class_name)), clip, re.ASCII):
            return match["source"]
    raise InputError(f"the clip name {clip!r} of class {class_name} does not tell its source video")


def fingerprint(flags: Flags) -> str:
    """SHA-256 over the sorted lines `<class>/<clip>.avi <flag>` of a whole split."""
    lines = [f"{name}/{clip}.avi {flag}\n".encode() for name in flags for clip, flag in flags[name].items()]
    return hashlib.sha256(b"".join(sorted(lines))).hexdigest()


def check_official(
    title: str, archive: str, flags: Flags, split: str, folder: Path, expected: Mapping[str, Any]
) -> None:
    """InputError where all classes are official, but these are not the owner's flags.

    expected: the official `clips` of each class, and of the `splits` their `sha256`, `train` and `test`.
    """
    wanted = expected["splits"][split]
    if list(flags) != list(expected["clips"]) or fingerprint(flags) == wanted["sha256"]:
        return
    every = [flag for clips in flags.values() for flag in clips.values()]
    refuse(
        "count",
        f"{folder} is not the official split {split} of {title}: {every.count(TRAIN)} training and "
        f"{every.count(TEST)} test clips, wanted {wanted['train']} and {wanted['test']} with the owner's "
        f"names; get {archive} again",
    )


def by_flag(flags: Flags, *other_names: str) -> dict[str, list[Listed]]:
    """The clips of each flag, in the order of the files; a group is a class's clips of one source."""
    clips: dict[str, list[Listed]] = {TRAIN: [], TEST: [], UNUSED: []}
    for name, of_class in flags.items():
        for clip, flag in of_class.items():
            group = f"{name}/{source_of(clip, name, *other_names)}"
            clips[flag].append(Listed(f"{name}/{clip}", name, group))
    return clips


def find_clips(folder: Path, classes: Iterable[str], unused: Iterable[str] = ()) -> OnDisk:
    """Clips in the folders of known classes but the `unused`, and videos in other folders as strange."""
    known, ignored = set(classes), set(unused)
    named = [
        (f"{sub.name}/{path.stem}" if sub.name in known else None, path)
        for sub in visible(folder, files=False)
        for path in videos_in(sub)
    ]
    on_disk = OnDisk.of(folder, named)
    return on_disk._replace(clips={name: path for name, path in on_disk.clips.items() if name not in ignored})

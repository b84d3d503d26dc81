"""JHMDB-21 and data sets in its layout: class folders, and one split file per class and split."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from repro.datasets.assemble import Found, Listed, assemble, check_split, visible
from repro.datasets.parsing import read_lines
from repro.paths import data_lists_folder
from repro.types import InputError, Split

TRAIN, TEST = "1", "2"
_SPLIT_FILE = re.compile(r"(?P<class>[A-Za-z0-9_]+)_test_split(?P<split>[123])\.txt", re.ASCII)
# source_class_visible_camera_npN_view_quality_k; and the names of UCF101, which the demo set uses here too.
_NAMES = (
    r"(?P<source>.+)_{name}_[hufl]_[cn]m_np[0-9]+_(?:fr|ba|le|ri)_(?:bad|med|goo)_[0-9]+",
    r"v_{name}_(?P<source>g[0-9][0-9])_c[0-9][0-9]",
)


@cache
def expected() -> dict[str, Any]:
    """The official clips per class, and the size and fingerprint of each split."""
    content: dict[str, Any] = json.loads((data_lists_folder() / "jhmdb21" / "expected.json").read_text())
    return content


def load(root: Path, split: str, lists: Path | None = None, *, allow_partial: bool = False) -> Split:
    """Split "1", "2" or "3" of `JHMDB_video/ReCompress_Videos/<class>/<clip>.avi` or `<class>/<clip>.avi`.

    lists: the folder of `<class>_test_split<S>.txt`; without it `splits` in `root` or beside it. When the
    classes are the 21 official ones the lists must be the owner's. Raises InputError for anything missing,
    unlisted or malformed.
    """
    check_split("jhmdb21", split)
    files = _split_files(find_lists(root, lists), split)
    classes = sorted(files, key=str.casefold)
    flags = {name: _read_flags(files[name], name) for name in classes}
    if classes == list(expected()["clips"]):
        _check_official(flags, split, files[classes[0]].parent)
    parts: dict[str, list[Listed]] = {TRAIN: [], TEST: []}
    for name in classes:
        for clip, flag in flags[name].items():
            parts[flag].append(Listed(f"{name}/{clip}", name, f"{name}/{source_of(clip, name)}"))
    found = _find(video_folder(root), set(classes))
    return assemble("jhmdb21", split, classes, parts[TRAIN], parts[TEST], found, allow_partial)


def source_of(clip: str, class_name: str) -> str:
    """The source video that clips share, what stands before `_<class>_`; InputError if it cannot be told."""
    for form in _NAMES:
        match = re.fullmatch(form.format(name=re.escape(class_name)), clip)
        if match:
            return match["source"]
    raise InputError(f"jhmdb21: the clip name {clip!r} of class {class_name} does not tell its source video")


def find_lists(root: Path, given: Path | None) -> Path:
    """The folder with the split files; InputError says where they were looked for."""
    places = (given, given / "splits") if given else (root / "splits", root.resolve().parent / "splits")
    for place in places:
        if any(_SPLIT_FILE.fullmatch(path.name) for path in visible(place, files=True)):
            return place
    raise InputError(
        f"no JHMDB split files (<class>_test_split1.txt) in {places[0]} or {places[1]}; "
        "unpack the owner's splits.zip there, or name their folder with --lists"
    )


def video_folder(root: Path) -> Path:
    """The folder of the class folders, in the owner's archive or plain."""
    for sub in ("JHMDB_video/ReCompress_Videos", "ReCompress_Videos"):
        if (root / sub).is_dir():
            return root / sub
    return root


def _split_files(folder: Path, split: str) -> dict[str, Path]:
    """class -> its file for this split; a class must have all three, else a lost file would go unnoticed."""
    by_class: dict[str, dict[str, Path]] = {}
    for path in visible(folder, files=True):
        if match := _SPLIT_FILE.fullmatch(path.name):
            by_class.setdefault(match["class"], {})[match["split"]] = path
    for name, files in by_class.items():
        if lost := sorted({"1", "2", "3"} - set(files)):
            raise InputError(f"{folder / f'{name}_test_split{lost[0]}.txt'} is missing beside its siblings")
    return {name: files[split] for name, files in by_class.items()}


def _read_flags(path: Path, class_name: str) -> dict[str, str]:
    """clip without suffix -> "1" train or "2" test, in the order of the file."""
    flags: dict[str, str] = {}
    for number, match in read_lines(
        path, r"([^/\\\x00-\x1f ][^/\\\x00-\x1f]*)\.avi ([12])", "<clip>.avi <1 or 2>"
    ):
        if match[1] in flags:
            raise InputError(f"{path}:{number}: {match[1]}.avi has a second flag")
        flags[match[1]] = match[2]
    return flags


def fingerprint(flags: dict[str, dict[str, str]]) -> str:
    """SHA-256 over the sorted lines `<class>/<clip>.avi <flag>` of a whole split."""
    lines = [f"{name}/{clip}.avi {flag}\n".encode() for name in flags for clip, flag in flags[name].items()]
    return hashlib.sha256(b"".join(sorted(lines))).hexdigest()


def _check_official(flags: dict[str, dict[str, str]], split: str, folder: Path) -> None:
    wanted = expected()["splits"][split]
    if fingerprint(flags) == wanted["sha256"]:
        return
    all_flags = [flag for clips in flags.values() for flag in clips.values()]
    raise InputError(
        f"{folder} is not the official split {split} of JHMDB-21: {all_flags.count(TRAIN)} training and "
        f"{all_flags.count(TEST)} test clips, wanted {wanted['train']} and {wanted['test']} with the owner's "
        "names; get splits.zip again"
    )


def _find(folder: Path, classes: set[str]) -> Found:
    """Clips in the folders of known classes, and videos in other folders as strange."""
    clips: dict[str, Path] = {}
    strange: list[Path] = []
    for sub in visible(folder, files=False):
        for path in visible(sub, files=True):
            if path.suffix == ".avi" and sub.name in classes:
                clips[f"{sub.name}/{path.stem}"] = path
            elif path.suffix == ".avi":
                strange.append(path)
    return Found(folder, clips, strange)

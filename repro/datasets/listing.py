"""What lies in a folder, and which of it is a video: by suffix, since nothing is opened here."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path

from repro.datasets.faults import collecting, refuse
from repro.paths import seen_from_here
from repro.types import InputError

# Of containers that FFmpeg decodes, as cameras, phones, the web and old data sets write them.
VIDEO_SUFFIXES = (
    ".avi", ".mp4", ".mkv", ".mov", ".webm", ".m4v", ".wmv", ".mpg", ".mpeg", ".flv", ".3gp", ".3g2",
    ".gif", ".ogv", ".ts", ".mts", ".m2ts", ".vob", ".asf", ".divx", ".m2v", ".f4v", ".mxf", ".y4m",
)  # fmt: skip
VIDEOS, ANNOTATIONS = "videos", "annotations"  # where MMAction's instructions put those of any data set
_LITTER = ("thumbs.db", "desktop.ini")  # put there by Windows, hidden as names with a dot are elsewhere
_UNKNOWN = "cannot be read"


class Kind(Enum):
    """What an entry of a folder is. DANGLING: a link that leads to nothing. OTHER: a pipe, a device."""

    FILE = "file"
    FOLDER = "folder"
    DANGLING = "dangling"
    OTHER = "other"


def is_video(path: Path) -> bool:
    """Whether its suffix, in whatever case, is one of `VIDEO_SUFFIXES`."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def is_folder(path: Path) -> bool:
    """Whether it is one; False, and no error, where rights lack to tell."""
    return os.path.isdir(path)  # noqa: PTH112, Path.is_dir raises PermissionError


def is_file(path: Path) -> bool:
    """Whether there is a file. InputError where that cannot be known: a list that is closed is not none."""
    if lack := missing_file(path):
        if lack.startswith(_UNKNOWN):
            raise InputError(f"{path} {lack}; change its rights (chmod, chown)")
        return False
    return True


def is_link(path: Path) -> bool:
    """Whether it is one; False, and no error, where rights lack to tell."""
    return os.path.islink(path)  # noqa: PTH114, Path.is_symlink raises PermissionError


def contents(folder: Path) -> dict[Path, Kind]:
    """What is in a folder, sorted by name, hidden entries passed over; nothing if it is no folder.

    `refuse` for one that may not be read: a verification notes it, and goes on with the others.
    """
    try:
        with os.scandir(folder) as entries:
            kinds = {folder / entry.name: _kind(entry) for entry in entries if _visible(entry.name)}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        refuse(
            "unreadable",
            f"{folder} cannot be listed: {error.strerror}; change its rights (chmod, chown), or move it "
            "elsewhere",
        )
        return {}
    return dict(sorted(kinds.items()))


def visible(folder: Path, *, files: bool) -> list[Path]:
    """Files or folders in a folder, sorted by name, without hidden ones; nothing if it is not a folder."""
    wanted = Kind.FILE if files else Kind.FOLDER
    return [path for path, kind in contents(folder).items() if kind is wanted]


def videos_in(folder: Path) -> list[Path]:
    """The visible videos in a folder, sorted by name."""
    return [path for path in visible(folder, files=True) if is_video(path)]


def videos_below(root: Path) -> Iterator[Path]:
    """The visible videos in a folder and in all below it; links are followed, but no folder is read twice."""
    waiting, read = [root], set[str]()
    while waiting:
        folder = waiting.pop()
        place = os.path.realpath(folder)
        if place not in read:
            read.add(place)
            yield from videos_in(folder)
            waiting += reversed(visible(folder, files=False))


def video_folder(root: Path, sub_folders: Sequence[str]) -> Path:
    """Where a data set has its videos: in a folder of the owner's archive, in MMAction's, or in `root`."""
    return next(filter(is_folder, [root / sub for sub in (*sub_folders, VIDEOS)]), root)


def in_or_beside(root: Path) -> list[Path]:
    """`root` and the folder above it: both, where `root` is a link, the one of its target and its own."""
    above = root.resolve().parent, Path(seen_from_here(root)).parent
    return [root, *dict.fromkeys(above)]


def list_folders(root: Path, name: str, given: Path | None) -> list[Path]:
    """Where lists may lie: `given` or `name` in it, or that, or `annotations`, in `root` or beside it."""
    if given:
        return [given, given / name]
    return [base / sub for base in in_or_beside(root) for sub in (name, ANNOTATIONS)]


def holds_videos(*folders: Path) -> bool:
    """Whether there is a video in one of them or in a folder of theirs; what may not be read holds none."""
    with collecting():
        return any(
            videos_in(place) for folder in folders for place in (folder, *visible(folder, files=False))
        )


def check_folder(path: Path, name: str) -> None:
    """InputError unless `path`, which `name` (an option) gives, is a folder that can be listed."""
    if not is_folder(path):
        what = "is no folder" if os.path.lexists(path) else "does not exist"
        raise InputError(f"{name} {path} {what}; name the folder that holds the videos")
    contents(path)


def missing_file(path: Path) -> str:
    """Why there is no file to read under that name; empty if there is one."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "is a link that leads to nothing" if is_link(path) else "is not there"
    except (OSError, ValueError) as error:
        return f"{_UNKNOWN}: {getattr(error, 'strerror', None) or error}"
    if stat.S_ISREG(mode):
        return ""
    return "is a folder" if stat.S_ISDIR(mode) else "is no file"


def _visible(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in _LITTER


def _kind(entry: os.DirEntry[str]) -> Kind:
    try:
        if entry.is_file():
            return Kind.FILE
        if entry.is_dir():
            return Kind.FOLDER
    except OSError:  # links in a circle, or to where rights lack
        pass
    return Kind.DANGLING if entry.is_symlink() else Kind.OTHER

"""What an archive says it holds, judged before anything of it is written."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from repro.fetch.transfer import RESERVE_BYTES
from repro.types import InputError

MAX_MEMBERS, MAX_RATIO, MAX_NAME_BYTES = 200_000, 100, 1024
FILE, FOLDER, OTHER = "file", "folder", "other"
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


class Member(NamedTuple):
    """name: as the archive says. size: of its content in bytes. kind: FILE, FOLDER or OTHER, as links are."""

    name: str
    size: int
    kind: str


def judge(archive: Path, members: Sequence[Member]) -> dict[str, int]:
    """The files with their sizes, by path below the target. Raises InputError for the whole archive.

    Refused are: links, devices and other kinds; names that lead out of the target or mean different files on
    different systems; two members of one name, also where only upper and lower case differ; a file that
    another member takes for a folder; more than MAX_MEMBERS members, more content than MAX_RATIO times the
    archive or than the disk has room for.
    """
    if len(members) > MAX_MEMBERS:
        raise InputError(f"{archive}: {len(members)} members, more than {MAX_MEMBERS}; it is not unpacked")
    files: dict[str, int] = {}
    names: dict[str, str] = {}
    folders: dict[str, str] = {}  # casefolded -> as first spelled
    for member in members:
        if member.kind == OTHER:
            _refuse(archive, member, "is neither a file nor a folder")
        parts = _parts(archive, member)
        name = "/".join(parts)
        for depth in range(1, len(parts) + (member.kind == FOLDER)):
            folder = "/".join(parts[:depth])
            if folders.setdefault(folder.casefold(), folder) != folder:
                _refuse(archive, member, "differs from another only in upper and lower case")
        if member.kind == FILE:
            if name.casefold() in names:
                _refuse(archive, member, f"appears twice, once as {names[name.casefold()]!r:.100}")
            names[name.casefold()] = name
            files[name] = member.size
    for key, name in names.items():
        if key in folders:
            raise InputError(f"{archive}: {name!r:.100} is a file and a folder; it is not unpacked")
    _check_size(archive, sum(files.values()))
    if not files:
        raise InputError(f"{archive} holds no file; get it again")
    return files


def _parts(archive: Path, member: Member) -> list[str]:
    name = member.name.removesuffix("/") if member.kind == FOLDER else member.name
    parts = name.removeprefix("./").split("/")
    if member.kind == FOLDER and name in (".", ""):
        return []
    if not name.isprintable() or "\\" in name or ":" in name:
        _refuse(archive, member, "has a name that means different files on different systems")
    if len(name.encode(errors="surrogateescape")) > MAX_NAME_BYTES:
        _refuse(archive, member, f"has a name of more than {MAX_NAME_BYTES} bytes")
    for part in parts:
        if part in ("", ".", ".."):
            _refuse(archive, member, "leads out of the folder")
        if part.endswith((".", " ")) or _RESERVED.fullmatch(part) or len(part.encode()) > 255:
            _refuse(archive, member, "has a name that not every system can hold")
    return parts


def _check_size(archive: Path, total: int) -> None:
    packed = archive.stat().st_size
    if total > MAX_RATIO * packed:
        raise InputError(
            f"{archive}: {packed} bytes would become {total}, more than {MAX_RATIO} times "
            "as many; it is not unpacked"
        )
    free = shutil.disk_usage(archive.parent).free
    if total + RESERVE_BYTES > free:
        raise InputError(
            f"{archive}: its content has {total} bytes, {free} are free, and {RESERVE_BYTES} "
            "are to be left; make room"
        )


def _refuse(archive: Path, member: Member, why: str) -> None:
    raise InputError(f"{archive}: the member {member.name!r:.200} {why}; nothing of it is unpacked")

"""Zip and tar by the standard library, rar by the installed `unrar`: list them, write them to a folder."""

from __future__ import annotations

import lzma
import re
import shutil
import stat
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol, cast

from repro.atomic import naming
from repro.fetch.members import FILE, FOLDER, OTHER, Member
from repro.types import InputError

TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
CHUNK_BYTES = 2**20
_RAR_FIELD = re.compile(r" *(Name|Type|Size): (.*)")
_DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError,
    EOFError, OSError, NotImplementedError, ValueError,
)  # fmt: skip


@contextmanager
def judging(archive: Path) -> Iterator[None]:
    """Within the block whatever the parsing stumbles over becomes one InputError about the archive.

    An OSError that names a file is the disk's and stays one: it says nothing about the archive.
    """
    try:
        yield
    except InputError:
        raise
    except _DAMAGED as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{archive} is damaged ({reason}); delete it and get it again") from error


class Format(Protocol):
    """One kind of archive."""

    def members(self, archive: Path) -> list[Member]:
        """What it holds, in its order."""

    def extract(self, archive: Path, folder: Path) -> None:
        """Write all of it, judged before, below the folder, which is new and empty."""


def format_of(name: str) -> Format | None:
    """By the end of the file name; None for what is no archive."""
    if name.endswith(".zip"):
        return Zip()
    if name.endswith(TAR_SUFFIXES):
        return Tar()
    return Rar() if name.endswith(".rar") else None


class Zip:
    """Zip files without passwords."""

    def members(self, archive: Path) -> list[Member]:
        with zipfile.ZipFile(archive) as opened:
            return [self._member(info) for info in opened.infolist()]

    def _member(self, info: zipfile.ZipInfo) -> Member:
        mode = info.external_attr >> 16
        folder = info.orig_filename.endswith("/")
        plain = stat.S_IFMT(mode) in (0, stat.S_IFDIR if folder else stat.S_IFREG)
        kind = OTHER if not plain or info.flag_bits & 1 else FOLDER if folder else FILE
        return Member(info.orig_filename, info.file_size, kind)  # the other name is cut at a NUL

    def extract(self, archive: Path, folder: Path) -> None:
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                opened.open(info).close()  # a place that there is not is no fault of the disk
                with naming(folder / info.filename):
                    opened.extract(info, folder)


class Tar:
    """Tar files, compressed or not."""

    def members(self, archive: Path) -> list[Member]:
        with tarfile.open(archive) as opened:
            members = [self._member(info) for info in opened]
            while cast(IO[bytes], opened.fileobj).read(CHUNK_BYTES):
                pass  # what is packed has its checksum at the very end, behind the end of the tar
        return members

    def _member(self, info: tarfile.TarInfo) -> Member:
        plain = info.isreg() and not info.issparse()
        return Member(info.name, info.size, FOLDER if info.isdir() else FILE if plain else OTHER)

    def extract(self, archive: Path, folder: Path) -> None:
        with tarfile.open(archive) as opened:
            for info in opened:
                with naming(folder / info.name):
                    opened.extract(info, folder, filter="data")


class Rar:
    """Rar files, by the program `unrar`; what it has written is checked again."""

    def members(self, archive: Path) -> list[Member]:
        members: list[Member] = []
        entry: dict[str, str] = {}
        for line in [*_unrar(archive, "lt", "-p-", "-cfg-", "--", str(archive)).splitlines(), " Name: "]:
            if match := _RAR_FIELD.fullmatch(line):
                if match[1] == "Name" and entry:
                    members.append(_rar_member(entry))
                    entry = {}
                entry[match[1]] = match[2]
        return members

    def extract(self, archive: Path, folder: Path) -> None:
        _unrar(archive, "x", "-p-", "-cfg-", "-o-", "-idq", "--", str(archive), f"{folder}/")
        for path in folder.rglob("*"):
            status = path.lstat()
            if not stat.S_ISDIR(status.st_mode) and (not stat.S_ISREG(status.st_mode) or status.st_nlink > 1):
                raise InputError(
                    f"{archive}: unrar made {path.name!r}, which is not a plain file; it is not used"
                )


def _rar_member(entry: Mapping[str, str]) -> Member:
    kind = {"File": FILE, "Directory": FOLDER}.get(entry.get("Type", ""), OTHER)
    return Member(entry["Name"], int(entry.get("Size", "0")), kind)


def _unrar(archive: Path, *words: str) -> str:
    program = shutil.which("unrar")
    if program is None:
        raise InputError(
            f"{archive} is a rar archive, and the program unrar is not installed; install it (Debian and "
            "Ubuntu: apt install unrar; macOS: brew install rar) and run the same command again"
        )
    done = subprocess.run(
        [program, *words],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        reason = " ".join((done.stderr or done.stdout).split())[-300:]
        raise InputError(
            f"unrar {words[0]} ends with status {done.returncode}: {reason or 'no reason given'}"
        )
    return done.stdout

"""Files that are complete or not there: written under a temporary name, flushed to disk, then renamed.

What the operating system refuses comes as OSError whose `filename` is the file that was to be written.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import numpy as np

LONGEST_NAME_BYTES = 255  # of a file name, on the usual file systems
_MARK_DIGITS = 16
_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP)  # of disks that cannot flush a folder


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Replace `path` by `content`. After a crash at any moment `path` holds the old content or the new."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def replacing(path: Path, ending: str = "") -> Iterator[Path]:
    """A name to write to; what lies there takes the name `path` when the block ends without an error.

    ending: of the temporary name, for whoever tells formats by it. The block flushes the file to disk itself.
    After an error nothing of it is left, and the error is the first one that there was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(path, ending)
    try:
        with naming(path, temporary):
            temporary.unlink(missing_ok=True)  # of a killed writer, perhaps a link to a file that is in use
            yield temporary
            temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)  # also a link: to rename it onto its own file does nothing
    sync_folder(path.parent)


def temporary_name(path: Path, ending: str = "") -> Path:
    """A short name beside `path`, however long that is, as `remove_strays` knows it.

    It carries the machine's name and the process number, so that two writers cannot mix their bytes.
    """
    mark = hashlib.sha256(os.fsencode(f"{platform.node()}/{path.name}")).hexdigest()[:_MARK_DIGITS]
    return path.with_name(f".{mark}.{os.getpid()}.part{ending}")


@contextmanager
def naming(path: Path, temporary: Path | None = None) -> Iterator[None]:
    """Within the block an error of the operating system is one about `path`.

    The errors of writing and flushing carry no name, those of opening and renaming that of `temporary`.
    """
    try:
        yield
    except OSError as error:
        unnamed = error.filename is None or (temporary and str(error.filename) == str(temporary))
        if error.errno is not None and unnamed:
            error.filename = str(path)
        raise


def sha256_of(path: Path) -> str:
    """The digest of the file's bytes, in hex. Raises OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def together(last: Path, *paths: Path) -> Iterator[None]:
    """For files that mean something only together, of which `last` comes last: if the disk refuses, all go.

    After any other error, or an interrupt, they go too, but where a `last` of before still stands for them.
    """
    try:
        yield
    except BaseException as error:
        for path in paths if isinstance(error, OSError) or not last.exists() else ():
            with suppress(OSError):
                path.unlink()
        raise


def fitting(stem: str, ending: str) -> str:
    """`stem` as it is, or shortened, with a digest after `=`, until `stem + ending` is a legal file name."""
    room = LONGEST_NAME_BYTES - len(os.fsencode(ending))
    name = os.fsencode(stem)
    if len(name) <= room:
        return stem
    mark = f"={hashlib.sha256(name).hexdigest()[:_MARK_DIGITS]}"
    return name[: room - len(mark)].decode(errors="ignore") + mark  # without half a letter


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`, or a copy where the file system has no links.

    For files that are only ever replaced, as all that this module writes.
    """
    try:
        with replacing(target) as temporary:
            os.link(source, temporary)
    except OSError:
        write_bytes(target, source.read_bytes())


def remove_strays(folder: Path) -> None:
    """Delete temporary files that killed writers left; only where no other process is writing."""
    for stray in folder.glob(".*.part"):
        stray.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut, where the disk and its rights allow to ask for it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # a folder may be open to writers and closed to readers
        return
    try:
        with naming(folder):
            os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


def write_text(path: Path, content: str) -> None:
    """`write_bytes` of UTF-8 text."""
    write_bytes(path, content.encode())


def write_json(path: Path, content: Any, last: Mapping[str, Iterator[Any]] | None = None) -> None:
    r"""Indented JSON with a final newline; NaN and Infinity are refused, since they are not JSON.

    A byte of a file name that is no UTF-8, in Python half a surrogate pair, becomes JSON's own `\udcXX`.
    last: further members of the object `content`, lists that are too long to be held; a line for each item.
    """
    with replacing(path) as temporary, temporary.open("wb") as file:
        for text in _json_parts(content, last or {}):
            file.write(text.encode(errors="backslashreplace"))
        file.flush()
        os.fsync(file.fileno())


def _json_parts(content: Any, last: Mapping[str, Iterator[Any]]) -> Iterator[str]:
    whole = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    if not last:
        yield whole + "\n"
        return
    yield whole.removesuffix("\n}")
    for name, items in last.items():
        yield f",\n {json.dumps(name)}: ["
        for number, item in enumerate(items):
            line = json.dumps(item, ensure_ascii=False, allow_nan=False)
            yield f"{',' if number else ''}\n  {line}"
        yield "\n ]"
    yield "\n}\n"


def write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """An uncompressed `.npz` of named arrays; object arrays are refused, so that reading needs no pickle."""
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise ValueError(f"array {name!r} holds objects; only plain arrays are stored")
    buffer = io.BytesIO()
    np.savez(buffer, **cast(Any, arrays))  # the cast: stubs allow no names
    write_bytes(path, buffer.getbuffer())

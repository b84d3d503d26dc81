"""Files that are complete or not there: written under a temporary name, flushed to disk, then renamed."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Replace `path` by `content`. After a crash at any moment `path` holds the old content or the new.

    The temporary name carries the process number, so that two writers cannot mix their bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`, or a copy where the file system has no links.

    For files that are only ever replaced, as all that this module writes.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError:
        write_bytes(target, source.read_bytes())
        return
    temporary.replace(target)
    temporary.unlink(missing_ok=True)  # a rename onto another link of the same file does nothing
    sync_folder(target.parent)


def remove_strays(folder: Path) -> None:
    """Delete temporary files that killed writers left; only where no other process is writing."""
    for stray in folder.glob(".*.part"):
        stray.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, content: str) -> None:
    """`write_bytes` of UTF-8 text."""
    write_bytes(path, content.encode())


def write_json(path: Path, content: Any) -> None:
    """Indented JSON with a final newline; NaN and Infinity are refused, since they are not JSON."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """An uncompressed `.npz` of named arrays; object arrays are refused, so that reading needs no pickle."""
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise ValueError(f"array {name!r} holds objects; only plain arrays are stored")
    buffer = io.BytesIO()
    np.savez(buffer, **cast(Any, arrays))  # the cast: stubs allow no names
    write_bytes(path, buffer.getbuffer())

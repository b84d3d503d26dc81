"""One file of a store: the arrays of one video, uncompressed, with a note of what they were made from."""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from repro.features.source import Source
from repro.types import VideoRef

SOURCE = "__source__"  # the array that says which video the file was made from
LONGEST_NAME = 180  # file systems allow 255 bytes, those that encrypt names fewer
_HEADER = re.compile(
    rb"\{'descr': '(?P<type>[<|][biuf][1248])', 'fortran_order': False, "
    rb"'shape': \((?P<shape>[0-9, ]*)\), \} *\n"
)
LOCAL_HEADER_BYTES = 30  # of the zip format; its last four are the lengths of the name and the extra field

Arrays = dict[str, NDArray[Any]]


class UnusableEntry(Exception):
    """A file of a store that is damaged or belongs to another video."""


class Rows(NamedTuple):
    """Where an array [T, ...] lies in its file: its rows follow one another from `offset` bytes on."""

    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype


def note_of(ref: VideoRef, names: list[str], source: Source) -> NDArray[np.uint8]:
    """The note of a file, uint8 [n]: whose arrays it holds, their names, the content of the video."""
    note = {"video_id": ref.video_id, "names": sorted(names), **source._asdict()}
    return np.frombuffer(json.dumps(note).encode(), np.uint8)


def load(path: Path, ref: VideoRef) -> tuple[Source, Arrays]:
    """Everything in a file. An entry's CRC-32 is compared before its bytes are given any meaning.

    The id inside must be the one asked for: where letter case is ignored two ids can share a file name.
    """
    try:
        arrays = {}
        with zipfile.ZipFile(path) as entries:
            for entry in entries.infolist():
                if entry.compress_type != zipfile.ZIP_STORED:
                    raise zipfile.BadZipFile(f"{entry.filename} is compressed")
                content = entries.read(entry)
                shape, dtype, offset = _header(io.BytesIO(content))
                arrays[entry.filename.removesuffix(".npy")] = (
                    np.frombuffer(content, dtype, offset=offset).reshape(shape).copy()
                )
        note = json.loads(arrays.pop(SOURCE).tobytes())
        if note.pop("video_id") != ref.video_id:
            raise UnusableEntry("it holds another video")
        if note.pop("names") != sorted(arrays):  # the zip directory has no checksum of its own
            raise UnusableEntry("arrays are missing")
        segment = note["segment"]
        return Source(note["sha256"], None if segment is None else tuple(segment)), arrays
    except FileNotFoundError:
        raise
    except _DAMAGE as error:
        raise UnusableEntry(str(error) or type(error).__name__) from error


def rows_of(path: Path) -> dict[str, Rows]:
    """Where the arrays of a file lie, from its headers alone. The caller has read the file whole (`load`)."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as entries:
            rows = {}
            for entry in entries.infolist():
                file.seek(entry.header_offset)
                name_bytes, extra_bytes = struct.unpack("<26xHH", file.read(LOCAL_HEADER_BYTES))
                file.seek(name_bytes + extra_bytes, io.SEEK_CUR)
                shape, dtype, _ = _header(file)
                rows[entry.filename.removesuffix(".npy")] = Rows(file.tell(), shape, dtype)
            del rows[SOURCE]
            return rows
    except _DAMAGE as error:
        raise UnusableEntry(str(error) or type(error).__name__) from error


def _header(file: BinaryIO) -> tuple[tuple[int, ...], np.dtype, int]:
    """Shape and type of an array, and where its values begin, from the head of an .npy file.

    NumPy's own reader parses Python for it: in several threads at once that can end in a SystemError of
    CPython 3.11.7 ("AST constructor recursion depth mismatch", its issue 106905). Raises UnusableEntry for
    another form than `numpy.savez` gives to a plain array.
    """
    magic = file.read(8)
    (length,) = struct.unpack("<H", file.read(2))
    header = _HEADER.fullmatch(file.read(length))
    if magic != b"\x93NUMPY\x01\x00" or header is None:
        raise UnusableEntry("an array is not of the form in which it was stored")
    shape = tuple(int(side) for side in header["shape"].split(b",") if side.strip())
    return shape, np.dtype(header["type"].decode()), len(magic) + 2 + length


def read_rows(path: Path, rows: Rows, start: int, stop: int) -> NDArray[Any]:
    """Rows start..stop-1 of an array: [stop - start, ...]. No other row is read, and no checksum compared."""
    values = int(np.prod(rows.shape[1:]))
    offset = rows.offset + start * values * rows.dtype.itemsize
    part = np.fromfile(path, rows.dtype, (stop - start) * values, offset=offset)
    if part.size != (stop - start) * values:
        raise UnusableEntry("it ends too early")
    return part.reshape(stop - start, *rows.shape[1:])


# What zipfile and the array reader raise on damaged bytes; RuntimeError: a flipped bit claims encryption.
_DAMAGE = (
    zipfile.BadZipFile,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    RuntimeError,
    NotImplementedError,
)


def file_name(video_id: str) -> str:
    """A file name for an id: odd characters as %XX; long ones cut, with a digest after `=`.

    Different ids get different names, since a short name never contains a bare `=`.
    """
    name = quote(video_id, safe="", errors="surrogateescape")
    if len(name) > LONGEST_NAME:
        digest = hashlib.sha256(name.encode()).hexdigest()
        return f"{name[: LONGEST_NAME - 65]}={digest}"
    return name

"""A variable out of a MATLAB v5 file whose sender is not trusted: nothing is believed, all is compared.

SciPy's reader allocates what a file claims to hold before it looks whether it does, so that 200 bytes can ask
for gigabytes (`test_claims_take_no_memory`), and a few changed bytes crash the process, which no `except`
stops (`test_any_damage_gives_a_value_or_one_clear_error`). Here every size is checked against the bytes that
are there, and unpacking stops at a limit. Read are the kinds that an annotation needs: structs, text and real
numbers.
"""

from __future__ import annotations

import struct
import zlib
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from repro.datasets.parsing import read_bytes
from repro.types import InputError

MAX_FILE_BYTES, MAX_UNPACKED_BYTES = 16 * 2**20, 64 * 2**20  # the owner's has one and a few MiB
MAX_DEPTH = MAX_AXES = 8  # structs within structs, and axes of an array
_HEADER_BYTES = 128
_COMPRESSED, _MATRIX = 15, 14
_STRUCT, _CHAR, _NUMBERS = 2, 4, range(6, 16)
_NUMPY = {1: "i1", 2: "u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<f4", 9: "<f8", 12: "<i8", 13: "<u8"}
_TEXT = {1: "ascii", 2: "ascii", 4: "utf-16-le", 16: "utf-8", 17: "utf-16-le"}
_COMPLEX = 0x800


class _Damaged(ValueError):
    """What is wrong, without the file's name."""


class _Element(NamedTuple):
    """A tagged piece of the file."""

    kind: int
    data: memoryview


def read_variable(path: Path, name: str) -> Any:
    """A variable of a v5 file of a little-endian machine.

    A struct array becomes a list of dicts (shape forgotten), text a str, numbers an array of the type in
    which they are stored and of their own shape. Raises InputError for a file that is unreadable, oversized,
    of another version, damaged, without this variable, or that holds a kind not read here.
    """
    content = memoryview(read_bytes(path, "annotation", MAX_FILE_BYTES))
    if len(content) < _HEADER_BYTES or bytes(content[124:128]) != b"\x00\x01IM":
        raise InputError(f"{path} is not a MATLAB v5 file; get it again, or save it with `save -v7`")
    room, unread = MAX_UNPACKED_BYTES, content[_HEADER_BYTES:]
    try:
        while unread:
            element, unread = _element(unread, padded=False)
            if element.kind == _COMPRESSED:
                element, _ = _element(_unpacked(element.data, room))
                room -= len(element.data)
            if element.kind == _MATRIX:
                own_name, value = _matrix(element.data, MAX_DEPTH, wanted=name)
                if own_name == name:
                    return value
    except _Damaged as error:
        raise InputError(f"{path} is damaged: {error}; get it again") from error
    raise InputError(f"{path} has no variable {name!r}; that is another file")


def _element(data: memoryview, *, padded: bool = True) -> tuple[_Element, memoryview]:
    """The first element and what follows it. padded: to 8 bytes, as all but compressed ones are."""
    if len(data) < 8:
        raise _Damaged("it ends within a tag")
    kind, size = struct.unpack_from("<II", data)
    if kind >> 16:  # up to four bytes stand within the tag
        kind, size = kind & 0xFFFF, kind >> 16
        if size > 4:
            raise _Damaged(f"a short element of {size} bytes")
        return _Element(kind, data[4 : 4 + size]), data[8:]
    end = 8 + size
    if end > len(data):
        raise _Damaged(f"an element claims {size} bytes, {len(data) - 8} are left")
    return _Element(kind, data[8:end]), data[end + (-end % 8 if padded and kind != _COMPRESSED else 0) :]


def _unpacked(packed: memoryview, room: int) -> memoryview:
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, room)
    except zlib.error as error:
        raise _Damaged(f"what is packed cannot be unpacked ({error})") from error
    if unpacker.unconsumed_tail or len(data) >= room:
        raise _Damaged(f"it unpacks to more than {MAX_UNPACKED_BYTES} bytes")
    if not unpacker.eof:
        raise _Damaged("what is packed is cut off")
    return memoryview(data)


def _matrix(data: memoryview, depth: int, wanted: str | None = None) -> tuple[str, Any]:
    """Name and value of an array; of one that has another name than `wanted` the name alone."""
    if depth == 0:
        raise _Damaged(f"more than {MAX_DEPTH} structs within one another")
    if not data:
        return "", np.empty((0, 0))
    flags, data = _element(data)
    sizes, data = _element(data)
    title, data = _element(data)
    word = int.from_bytes(flags.data[:4], "little")
    shape = _numbers(sizes).tolist()
    if len(flags.data) != 8 or sizes.kind != 5 or not 2 <= len(shape) <= MAX_AXES or min(shape) < 0:
        raise _Damaged(f"an array of shape {shape!r:.60}")
    name, kind = _text(title), word & 0xFF
    if wanted is not None and name != wanted:
        return name, None
    if kind == _STRUCT:
        return name, _structs(data, prod(shape), depth)
    if word & _COMPLEX or kind not in (*_NUMBERS, _CHAR):
        raise _Damaged(f"an array of kind {kind}, flags {word:#x}; wanted structs, text or real numbers")
    content, _ = _element(data)
    if kind == _CHAR:
        return name, _text(content)
    values = _numbers(content)
    if len(values) != prod(shape):
        raise _Damaged(f"{len(values)} numbers in an array of shape {shape}")
    return name, values.reshape(shape if len(values) else (0, 0), order="F")


def _structs(data: memoryview, count: int, depth: int) -> list[dict[str, Any]]:
    width, data = _element(data)
    names, data = _element(data)
    step = int.from_bytes(width.data, "little")
    if not 0 < step <= 64 or len(names.data) % step:
        raise _Damaged(f"field names of {step} bytes in {len(names.data)}")
    fields = [
        bytes(names.data[at : at + step]).split(b"\0")[0].decode("latin-1")
        for at in range(0, len(names.data), step)
    ]
    if not fields or count * len(fields) > len(data) // 8:  # each value has a tag at least
        raise _Damaged(f"{count} structs of {len(fields)} fields in {len(data)} bytes")
    structs = []
    for _ in range(count):
        values = {}
        for field in fields:
            element, data = _element(data)
            if element.kind != _MATRIX:
                raise _Damaged(f"field {field!r} is an element of kind {element.kind}, no array")
            _, values[field] = _matrix(element.data, depth - 1)
        structs.append(values)
    return structs


def _numbers(element: _Element) -> np.ndarray:
    if element.kind not in _NUMPY or len(element.data) % np.dtype(_NUMPY[element.kind]).itemsize:
        raise _Damaged(f"{len(element.data)} bytes of kind {element.kind} where numbers belong")
    return np.frombuffer(element.data, _NUMPY[element.kind])


def _text(element: _Element) -> str:
    if element.kind not in _TEXT:
        raise _Damaged(f"an element of kind {element.kind} where text belongs")
    try:
        return bytes(element.data).decode(_TEXT[element.kind])
    except UnicodeDecodeError as error:
        raise _Damaged(f"text that is none ({error.reason})") from error

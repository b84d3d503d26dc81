"""Writes files in torch's first format byte by byte, with nothing of what reads them."""

import struct
from typing import NamedTuple

import numpy as np

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
KINDS = {"<f4": "FloatStorage", "<i8": "LongStorage"}


class View(NamedTuple):
    """An array as the file describes it: of which storage, from where, how far apart. In numbers."""

    key: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def text(words: str) -> bytes:
    return b"X" + struct.pack("<I", len(words.encode())) + words.encode()


def number(value: int) -> bytes:
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    content = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(content)]) + content


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def several(*values: bytes) -> bytes:
    return b"(" + b"".join(values) + b"t"


def numbers(values: tuple[int, ...]) -> bytes:
    return several(*map(number, values))


def pickled(value: bytes) -> bytes:
    return b"\x80\x02" + value + b"."


ORDERED = name("collections", "OrderedDict") + b")R"
FLAGS = {True: b"\x88", False: b"\x89"}


def storage(key: str, count: int, kind: str = "FloatStorage", part: bytes = b"N") -> bytes:
    return several(text("storage"), name("torch", kind), text(key), text("cpu"), number(count), part) + b"Q"


def tensor(place: bytes, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> bytes:
    call = several(place, number(offset), numbers(shape), numbers(strides), b"\x89", ORDERED)
    return name("torch._utils", "_rebuild_tensor_v2") + call + b"R"


def state(items: dict[str, bytes]) -> bytes:
    """The dictionary of all arrays, with an attribute as torch gives it one."""
    content = ORDERED + b"(" + b"".join(text(key) + value for key, value in items.items()) + b"u"
    return content + b"}" + text("_metadata") + ORDERED + b"sb"


def front(magic: int = MAGIC, version: int = VERSION, little_endian: bool = True) -> bytes:
    system = b"}(" + text("protocol_version") + number(version)
    system += text("little_endian") + FLAGS[little_endian] + b"u"
    return pickled(number(magic)) + pickled(number(version)) + pickled(system)


def back(storages: dict[str, np.ndarray]) -> bytes:
    """The list of keys, then count and numbers of each."""
    keys = pickled(b"](" + b"".join(map(text, storages)) + b"e")
    return keys + b"".join(struct.pack("<q", len(held)) + held.tobytes() for held in storages.values())


def viewed(storages: dict[str, np.ndarray], views: dict[str, View]) -> bytes:
    """A whole file. storages: each one-dimensional, float32 or int64."""
    items = {}
    for called, view in views.items():
        held = storages[view.key]
        place = storage(view.key, len(held), KINDS[held.dtype.str])
        items[called] = tensor(place, view.offset, view.shape, view.strides)
    return front() + pickled(state(items)) + back(storages)


def written(arrays: dict[str, np.ndarray]) -> bytes:
    """A whole file of arrays, each in a storage of its own, row after row."""
    storages = {f"{1000 + at}": array.ravel() for at, array in enumerate(arrays.values())}
    views = {
        called: View(key, 0, array.shape, tuple(stride // array.itemsize for stride in array.strides))
        for (called, array), key in zip(arrays.items(), storages, strict=True)
    }
    return viewed(storages, views)

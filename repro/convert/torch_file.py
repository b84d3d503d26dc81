"""The arrays of a file in torch's first format (`.pth`), whoever wrote it, without torch.

Five pickles: a magic number, the version of the format, the system, the dictionary of all arrays, the keys of
their storages. Then for each key the count of its numbers, int64, and the numbers. An array is a view of a
storage: it begins at an offset, and how far apart its neighbours lie its strides say.
"""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from repro.convert import torch_pickle
from repro.convert.reading import content, reading
from repro.convert.torch_pickle import Call, Name, Persistent

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
MOST_BYTES = 2**26  # EfficientNet-Lite2, the largest that is read, has 25 MB
MOST_AXES, MOST_NAME = 8, 256
REBUILD = "torch._utils _rebuild_tensor_v2"
STORAGES: dict[str, np.dtype[Any]] = {
    "torch FloatStorage": np.dtype("<f4"),
    "torch LongStorage": np.dtype("<i8"),
}
NAMES = frozenset((torch_pickle.ORDERED_DICT, REBUILD, *STORAGES))

Numbers = NDArray[Any]  # float32 or int64


class _Storage(NamedTuple):
    """size: of all its numbers, not bytes."""

    key: str
    dtype: np.dtype[Any]
    size: int


class _View(NamedTuple):
    """offset and strides: in numbers, not bytes."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_arrays(path: Path) -> dict[str, Numbers]:
    """Name -> its array, float32 or int64, in the order of the file, each with memory of its own.

    Nothing of the file is run or imported. Raises InputError, in one line, for a file that is missing, too
    large, of another format, cut off, or too long, that names anything but what such arrays consist of, or
    holds an array that reaches beyond its storage, or NaN or infinity.
    """
    with reading("torch file", path):
        stream = io.BytesIO(content("torch file", path, MOST_BYTES))
        magic, version, system = (torch_pickle.read(stream) for _ in range(3))
        if (magic, version) != (MAGIC, VERSION) or not _little_endian(system):
            raise ValueError("it is not in torch's first format, little-endian")
        views = _views(torch_pickle.read(stream, NAMES))
        storages = _storages(views)
        keys = torch_pickle.read(stream)
        if not isinstance(keys, list) or not all(type(key) is str for key in keys):
            raise ValueError("its list of storages is none")
        if sorted(keys) != sorted(storages):
            raise ValueError("its list of storages names others than its arrays do")
        numbers = {key: _numbers(stream, storages[key]) for key in keys}
        if stream.read(1):
            raise ValueError("it goes on behind its last storage")
        return {name: _array(name, view, numbers[view.storage.key]) for name, view in views.items()}


def _little_endian(system: Any) -> bool:
    return isinstance(system, dict) and system.get("little_endian") is True


def _views(state: Any) -> dict[str, _View]:
    """The dictionary of all arrays: what each is a view of."""
    if not isinstance(state, dict) or not state:
        raise ValueError("it holds no dictionary of arrays")
    result = {}
    for name, value in state.items():
        if len(name) > MOST_NAME:
            raise ValueError(f"an array's name has {len(name)} characters, over {MOST_NAME}")
        try:
            result[name] = _view(value)
        except ValueError as error:
            raise ValueError(f"{name!r} {error}") from error
    if sum(math.prod(view.shape) for view in result.values()) * 4 > MOST_BYTES:
        raise ValueError("its arrays claim more numbers than a file has")
    return result


def _view(value: Any) -> _View:
    if not isinstance(value, Call) or value.name != Name(REBUILD) or len(value.arguments) != 6:
        raise ValueError("is no array")
    storage, offset, shape, strides = value.arguments[:4]  # then what training needs of it
    if not isinstance(storage, Persistent) or not _whole((offset,)):
        raise ValueError("is no view of a storage")
    if not _whole(shape) or not _whole(strides) or len(shape) != len(strides) or len(shape) > MOST_AXES:
        raise ValueError("has no shape")
    view = _View(_storage(storage.value), offset, shape, strides)
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if 0 in shape or last >= view.storage.size or math.prod(shape) > view.storage.size:
        raise ValueError(f"does not lie within its storage of {view.storage.size} numbers")
    return view


def _storage(value: Any) -> _Storage:
    """What a persistent id says: ("storage", its class, key, device, count, None)."""
    if not isinstance(value, tuple) or len(value) != 6 or not isinstance(value[1], Name):
        raise ValueError("has no storage")
    kind, name, key, _, count, part = value
    if kind != "storage" or name.text not in STORAGES or type(key) is not str or part is not None:
        raise ValueError("has no storage of its own")
    if not _whole((count,)):
        raise ValueError("has a storage without a size")
    return _Storage(key, STORAGES[name.text], count)


def _whole(values: Any) -> bool:
    """Whether it is a tuple of whole numbers that an address may have, none negative."""
    return isinstance(values, tuple) and all(type(v) is int and 0 <= v < 2**40 for v in values)


def _storages(views: dict[str, _View]) -> dict[str, _Storage]:
    result: dict[str, _Storage] = {}
    for view in views.values():
        if result.setdefault(view.storage.key, view.storage) != view.storage:
            raise ValueError(f"storage {view.storage.key!r:.80} is described as two things")
    return result


def _numbers(stream: io.BytesIO, storage: _Storage) -> Numbers:
    count = int.from_bytes(stream.read(8), "little")
    if count != storage.size:
        raise ValueError(f"storage {storage.key!r:.80} has {count} numbers, not {storage.size}")
    content = stream.read(count * storage.dtype.itemsize)
    if len(content) != count * storage.dtype.itemsize:
        raise ValueError(f"it ends within storage {storage.key!r:.80}")
    return np.frombuffer(content, storage.dtype)


def _array(name: str, view: _View, numbers: Numbers) -> Numbers:
    """A copy of the view; `_view` has checked that it lies within its storage."""
    strides = tuple(stride * numbers.itemsize for stride in view.strides)
    array = as_strided(numbers[view.offset :], view.shape, strides, writeable=False).copy(order="C")
    if not np.isfinite(array).all():
        raise ValueError(f"{name!r} holds NaN or infinity")
    return array

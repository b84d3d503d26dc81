"""Layers and means out of Caffe files (`.caffemodel`, `.binaryproto`), whoever wrote them.

The parser is protobuf's. It does not judge what it reads, so every count is checked against its shape and
every number must be finite.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from repro.convert.caffe_schema import MESSAGES
from repro.convert.reading import content, reading

MOST_BYTES = 2**30  # VGG-19, the largest that is published, has 575 MB
MOST_FIELDS = 20_000  # of a network or a layer: VGG-19 has some dozens
MOST_NAME = 256  # characters: errors name the layer, in one line
MOST_AXES = 32  # Caffe's own limit

Blobs = tuple[NDArray[np.float32], ...]


def read_layers(path: Path) -> dict[str, Blobs]:
    """Layer name -> its blobs float32 in Caffe's shapes (weights, then bias), layers without any left out.

    Reads V0, V1 and current layers of stock Caffe, and C3D v1.0. Raises InputError, in one line, for a file
    that is missing, too large, no such file, cut off, or holds counts that do not fit or NaN or infinity.
    """
    with reading("Caffe file", path, (ValueError, DecodeError)):
        return _layers(_outline("NetParameter", content("Caffe file", path, MOST_BYTES)))


def read_mean(path: Path) -> NDArray[np.float32]:
    """The one blob of a `.binaryproto`, e.g. [1, 3, 16, 128, 171]. Raises InputError as `read_layers`."""
    with reading("Caffe file", path, (ValueError, DecodeError)):
        return _array(content("Caffe file", path, MOST_BYTES))[1]


def _layers(net: Any) -> dict[str, Blobs]:
    layers: dict[str, Blobs] = {}
    forks: set[str] = set()
    for layer in _with_blobs(net):
        if len(layer.name) > MOST_NAME:
            raise ValueError(f"a layer's name has {len(layer.name)} characters, over {MOST_NAME}")
        if layer.name in layers:
            raise ValueError(f"two layers are called {layer.name!r}")
        arrays = []
        for blob in layer.blobs:
            try:
                fork, array = _array(blob)
            except (ValueError, DecodeError) as error:
                raise ValueError(f"layer {layer.name!r}: {error}") from error
            forks.add(fork)
            arrays.append(array)
        layers[layer.name] = tuple(arrays)
    if not layers:
        raise ValueError("it holds no layer with weights")
    if len(forks) > 1:
        raise ValueError("blobs of stock Caffe and of C3D v1.0 are mixed")
    return layers


def _with_blobs(net: Any) -> Iterator[Any]:
    """Every layer with blobs, parsed. C3D's layers have the numbers of stock V1; a V0 layer lies in a V1."""
    for layer in map(partial(_outline, "V1LayerParameter"), net.layers):
        inner = map(partial(_outline, "V0LayerParameter"), layer.layer)
        yield from (one for one in (*inner, layer) if one.blobs)
    current = map(partial(_outline, "LayerParameter"), net.layer)
    yield from (layer for layer in current if layer.blobs)


def _outline(message: str, content: bytes) -> Any:
    """A network or a layer, parsed once its fields are counted.

    Two bytes may be a field, for which the parser takes up to forty: without the count
    `test_small_parts_in_millions_do_not_blow_up` fails.
    """
    at = fields = 0
    while at < len(content):
        tag, at = _varint(content, at)
        wire = tag & 7
        value, at = _varint(content, at) if wire in (0, 2) else (0, at)
        at += {1: 8, 2: value, 5: 4}.get(wire, 0)
        fields += 1
        if fields > MOST_FIELDS:
            raise ValueError(f"more than {MOST_FIELDS} fields")
    return MESSAGES[message].FromString(content)


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """The number at this place and the place behind it; one that does not end is left to the parser."""
    number = 0
    for place, byte in enumerate(content[at : at + 10]):
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return number, at + place + 1
    return 0, len(content)


def _array(content: bytes) -> tuple[str, NDArray[np.float32]]:
    """Whose blob it is, and its numbers in its shape. ValueError if counts differ or one is not finite."""
    fork, shape, numbers = _blob(content)
    if not 1 <= len(shape) <= MOST_AXES or min(shape) < 1:
        raise ValueError(f"a blob has {len(shape)} axes, the shortest of {min(shape, default=0)}")
    if len(numbers) != math.prod(shape):
        raise ValueError(f"a blob of shape {'x'.join(map(str, shape))} holds {len(numbers)} numbers")
    with np.errstate(over="ignore"):  # a double that float32 cannot hold becomes infinity: refused below
        values = np.asarray(numbers).astype(np.float32, copy=False)
    if not np.isfinite(values).all():
        raise ValueError("a blob holds NaN or infinity")
    return fork, values.reshape(shape)


def _blob(content: bytes) -> tuple[str, tuple[int, ...], Any]:
    """Whose blob it is, its shape and its numbers.

    Field 5 tells: it is the data, never a varint, in stock Caffe and the width, a varint, in C3D v1.0.
    """
    blob = MESSAGES["BlobProto"].FromString(content)
    if not blob.data and not blob.double_data:
        other = MESSAGES["C3DBlobProto"].FromString(content)
        if other.HasField("width"):
            axes = (other.num, other.channels, other.length, other.height, other.width)
            return "C3D v1.0", axes, other.data
    if blob.data and blob.double_data:
        raise ValueError("a blob holds numbers in two precisions")
    if len(blob.shape) > 11 * MOST_AXES:  # bytes, the most that an axis takes
        raise ValueError(f"a blob has more than {MOST_AXES} axes")
    shape = (blob.num, blob.channels, blob.height, blob.width)
    if blob.HasField("shape"):
        shape = tuple(MESSAGES["BlobShape"].FromString(blob.shape).dim)
    return "stock Caffe", shape, blob.double_data or blob.data

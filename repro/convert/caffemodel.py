"""Layers and means out of Caffe files (`.caffemodel`, `.binaryproto`), whoever wrote them.

Structure is walked within bounds (`wire`), headers are parsed by the schema (`caffe_schema`), numbers are
taken from where they lie. Every count is checked against its shape and every number must be finite.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from repro.convert.caffe_schema import LAYERS, SCHEMAS, kind
from repro.convert.wire import BYTES, Field, Wire
from repro.types import InputError

MOST_BYTES = 2**31 - 1  # no writer of protocol buffers can make more
MOST_HEADER_BYTES = 1 << 16  # names and shapes of one layer
MOST_AXES = 32  # Caffe's own limit
_NUMBERS = {"data": "<f4", "double_data": "<f8"}
_GRADIENTS = ("diff", "double_diff")

Blobs = tuple[NDArray[np.float32], ...]


class _Span(NamedTuple):
    start: int
    stop: int


def read_layers(path: Path) -> dict[str, Blobs]:
    """Layer name -> its blobs float32 in Caffe's shapes (weights, then bias), layers without any left out.

    Reads V0, V1 and current layers of stock Caffe, and C3D v1.0. Raises InputError, in one line, for a file
    that is missing, too large, no such file, cut off, or holds counts that do not fit or NaN or infinity.
    """
    wire = Wire(_content(path))
    try:
        return _layers(wire)
    except (ValueError, DecodeError) as error:
        raise _unreadable(path, error) from error


def read_mean(path: Path) -> NDArray[np.float32]:
    """The one blob of a `.binaryproto`, e.g. [1, 3, 16, 128, 171]. Raises InputError as `read_layers`."""
    wire = Wire(_content(path))
    try:
        span = _Span(0, len(wire.content))
        return _array(wire, span, _schema_of(wire, [span]))
    except (ValueError, DecodeError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    said = " ".join(str(error).split()) or type(error).__name__
    return InputError(f"Caffe file {path} cannot be read: {said}; is it complete, and the file it should be?")


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size if path.is_file() else None
        if size is None:
            raise InputError(f"no Caffe file at {path}; give the path of the file that was downloaded")
        if size > MOST_BYTES:
            raise InputError(f"Caffe file {path} has {size} bytes, no such file has over {MOST_BYTES}")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"Caffe file {path} cannot be opened ({error.strerror}); check the path") from error


def _layers(wire: Wire) -> dict[str, Blobs]:
    spans: dict[str, list[_Span]] = {}
    for name, blobs in _named_spans(wire):
        if name in spans:
            raise ValueError(f"two layers are called {name!r}")
        spans[name] = blobs
    if not spans:
        raise ValueError("it holds no layer with weights")
    schema = _schema_of(wire, [span for blobs in spans.values() for span in blobs])
    found = {}
    for name, blobs in spans.items():
        try:
            found[name] = tuple(_array(wire, span, schema) for span in blobs)
        except ValueError as error:
            raise ValueError(f"layer {name!r}: {error}") from error
    return found


def _named_spans(wire: Wire) -> Iterator[tuple[str, list[_Span]]]:
    """Name and blobs of every layer that has blobs. C3D's layers have the numbers of stock V1."""
    messages = SCHEMAS["stock"]
    _, found = _split(wire, _Span(0, len(wire.content)), messages["NetParameter"], tuple(LAYERS))
    for field, message in LAYERS.items():
        for span in found[field]:
            aside = ("blobs", "layer") if field == "layers" else ("blobs",)
            header, inner = _split(wire, span, messages[message], aside)
            for oldest in inner.get("layer", ()):  # V0: the whole layer within a V1 layer
                old_header, old_inner = _split(wire, oldest, messages["V0LayerParameter"], ("blobs",))
                if old_inner["blobs"]:
                    yield old_header.name, old_inner["blobs"]
            if inner["blobs"]:
                yield header.name, inner["blobs"]


def _split(
    wire: Wire, span: _Span, message: Any, aside: tuple[str, ...]
) -> tuple[Any, dict[str, list[_Span]]]:
    """The message of a span without the fields `aside`, and where the values of those lie."""
    known = message.DESCRIPTOR.fields_by_number
    header, found = bytearray(), {name: list[_Span]() for name in aside}
    for field in wire.fields(*span):
        name = known[field.number].name if field.number in known else None
        if name in found:
            found[name].append(_inside(field))
        elif name is not None:
            header += _bounded(wire, field, len(header))
    return message.FromString(bytes(header)), found


def _inside(field: Field) -> _Span:
    if field.wire != BYTES:
        raise ValueError(f"field {field.number} at byte {field.start} is a number, a message is due")
    return _Span(field.value, field.stop)


def _bounded(wire: Wire, field: Field, before: int) -> bytes:
    if before + field.stop - field.start > MOST_HEADER_BYTES:
        raise ValueError(f"names and shapes of more than {MOST_HEADER_BYTES} bytes at byte {field.start}")
    return wire.content[field.start : field.stop]


def _schema_of(wire: Wire, blobs: list[_Span]) -> dict[str, Any]:
    """The schema that all blobs are written in. One without a telling field is read as the others."""
    told = (kind(field) for span in blobs for field in wire.fields(*span))
    kinds = {name for name in told if name is not None}
    if len(kinds) > 1:
        raise ValueError("blobs of stock Caffe and of C3D v1.0 are mixed")
    return SCHEMAS[kinds.pop() if kinds else "stock"]


def _array(wire: Wire, span: _Span, schema: dict[str, Any]) -> NDArray[np.float32]:
    """One blob in its shape. Raises ValueError if count and shape differ or a number is not finite."""
    message = schema["BlobProto"]
    known = message.DESCRIPTOR.fields_by_number
    header, parts = bytearray(), []
    for field in wire.fields(*span):
        name = known[field.number].name if field.number in known else None
        if name in _NUMBERS:
            parts.append(wire.numbers(field, _NUMBERS[name]))
        elif name is not None and name not in _GRADIENTS:
            header += _bounded(wire, field, len(header))
    shape = _shape(message.FromString(bytes(header)))
    if len({part.dtype for part in parts}) > 1:
        raise ValueError("a blob holds numbers in two precisions")
    count = sum(part.size for part in parts)
    if count != math.prod(shape):
        raise ValueError(f"a blob of shape {'x'.join(map(str, shape))} holds {count} numbers")
    values = parts[0] if len(parts) == 1 else np.concatenate(parts)
    with np.errstate(over="ignore"):  # a double that float32 cannot hold becomes infinity: refused below
        values = values.astype(np.float32, copy=False)
    if not np.isfinite(values).all():
        raise ValueError("a blob holds NaN or infinity")
    return values.reshape(shape)


def _shape(blob: Any) -> tuple[int, ...]:
    if "shape" in blob.DESCRIPTOR.fields_by_name and blob.HasField("shape"):
        shape = tuple(blob.shape.dim)
    else:
        legacy = ("num", "channels", "length", "height", "width")
        shape = tuple(getattr(blob, axis) for axis in legacy if axis in blob.DESCRIPTOR.fields_by_name)
    if not 1 <= len(shape) <= MOST_AXES or min(shape) < 1:
        raise ValueError(f"a blob has {len(shape)} axes, the shortest of {min(shape, default=0)}")
    return shape

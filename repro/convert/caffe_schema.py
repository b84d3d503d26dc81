"""What a Caffe file consists of, as far as weights go: two schemas, built when this module is loaded.

C3D v1.0 forked Caffe before its format settled: the numbers of BlobProto's fields mean other things there,
and either schema reads the other's files without an error, wrongly. `kind` tells them apart. Fields not named
here are skipped. Numbers and types are facts of the public format (`caffe.proto`).
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from repro.convert.wire import VARINT, Field

_Fields = dict[str, tuple[int, str]]  # name -> number, type; a type with [] is repeated

_STOCK: dict[str, _Fields] = {
    "BlobShape": {"dim": (1, "int64[]")},
    "BlobProto": {
        "num": (1, "int32"),
        "channels": (2, "int32"),
        "height": (3, "int32"),
        "width": (4, "int32"),
        "data": (5, "float[]"),
        "diff": (6, "float[]"),
        "shape": (7, "BlobShape"),
        "double_data": (8, "double[]"),
        "double_diff": (9, "double[]"),
    },
    "V0LayerParameter": {"name": (1, "string"), "type": (2, "string"), "blobs": (50, "BlobProto[]")},
    "V1LayerParameter": {
        "layer": (1, "V0LayerParameter"),
        "bottom": (2, "string[]"),
        "top": (3, "string[]"),
        "name": (4, "string"),
        "type": (5, "int32"),  # an enumeration: the same on the wire
        "blobs": (6, "BlobProto[]"),
    },
    "LayerParameter": {
        "name": (1, "string"),
        "type": (2, "string"),
        "bottom": (3, "string[]"),
        "top": (4, "string[]"),
        "blobs": (7, "BlobProto[]"),
    },
    "NetParameter": {
        "name": (1, "string"),
        "layers": (2, "V1LayerParameter[]"),
        "layer": (100, "LayerParameter[]"),
    },
}
_C3D: dict[str, _Fields] = {
    "BlobProto": {
        "num": (1, "int32"),
        "channels": (2, "int32"),
        "length": (3, "int32"),
        "height": (4, "int32"),
        "width": (5, "int32"),
        "data": (6, "float[]"),
        "diff": (7, "float[]"),
    },
    "V1LayerParameter": {"name": (4, "string"), "type": (5, "int32"), "blobs": (6, "BlobProto[]")},
    "NetParameter": {"name": (1, "string"), "layers": (2, "V1LayerParameter[]")},
}


def _build(package: str, messages: dict[str, _Fields]) -> dict[str, Any]:
    """Message name -> its class."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto2")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            added = message.field.add(name=field, number=number)
            base = kind.removesuffix("[]")
            added.label = kinds.LABEL_REPEATED if kind.endswith("[]") else kinds.LABEL_OPTIONAL
            if base in messages:
                added.type, added.type_name = kinds.TYPE_MESSAGE, f".{package}.{base}"
            else:
                added.type = getattr(kinds, f"TYPE_{base.upper()}")
                added.options.packed = kind.endswith("[]") and base != "string"
            if not added.options.packed:
                added.ClearField("options")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}"))
        for name in messages
    }


SCHEMAS = {"stock": _build("repro_caffe", _STOCK), "c3d": _build("repro_c3d", _C3D)}
LAYERS = {"layers": "V1LayerParameter", "layer": "LayerParameter"}  # field of NetParameter -> its message


def kind(field: Field) -> str | None:
    """Whose BlobProto a field belongs to: `stock`, `c3d`, or None if it does not tell.

    Field 5 is the width, a varint, in C3D v1.0 and the data, never a varint, in stock Caffe.
    """
    if field.number != 5:
        return None
    return "c3d" if field.wire == VARINT else "stock"

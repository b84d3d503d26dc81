"""What a Caffe file consists of, as far as weights go, for protobuf's own parser: built when this is loaded.

C3D v1.0 forked Caffe before its format was final: the numbers of BlobProto's fields mean other things there,
and either schema reads the other's files without an error, wrongly. A message within a message is declared as
bytes, which are the same in the file: so each is parsed when it is its turn, and no more memory is taken than
one blob needs. Fields not named here are skipped. Numbers and types are facts of the public `caffe.proto`.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_Kinds = descriptor_pb2.FieldDescriptorProto
_BYTES, _TEXT = _Kinds.TYPE_BYTES, _Kinds.TYPE_STRING
_INT, _LONG, _FLOAT, _DOUBLE = _Kinds.TYPE_INT32, _Kinds.TYPE_INT64, _Kinds.TYPE_FLOAT, _Kinds.TYPE_DOUBLE
_REPEATED = ("layers", "layer", "blobs", "dim", "data", "double_data")

_FIELDS = {  # message -> field -> its number and type
    "NetParameter": {"layers": (2, _BYTES), "layer": (100, _BYTES)},
    "V0LayerParameter": {"name": (1, _TEXT), "blobs": (50, _BYTES)},
    "V1LayerParameter": {"layer": (1, _BYTES), "name": (4, _TEXT), "blobs": (6, _BYTES)},
    "LayerParameter": {"name": (1, _TEXT), "blobs": (7, _BYTES)},
    "BlobShape": {"dim": (1, _LONG)},
    "BlobProto": {
        "num": (1, _INT),
        "channels": (2, _INT),
        "height": (3, _INT),
        "width": (4, _INT),
        "data": (5, _FLOAT),
        "shape": (7, _BYTES),
        "double_data": (8, _DOUBLE),
    },
    "C3DBlobProto": {
        "num": (1, _INT),
        "channels": (2, _INT),
        "length": (3, _INT),
        "height": (4, _INT),
        "width": (5, _INT),
        "data": (6, _FLOAT),
    },
}


def _built() -> dict[str, Any]:
    """Message name -> its class."""
    file = descriptor_pb2.FileDescriptorProto(name="caffe.proto", package="caffe", syntax="proto2")
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            label = _Kinds.LABEL_REPEATED if field in _REPEATED else _Kinds.LABEL_OPTIONAL
            message.field.add(name=field, number=number, type=kind, label=label)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"caffe.{name}")) for name in _FIELDS
    }


MESSAGES = _built()

"""Annotations of actors in the forms of their owners, small and bent at will."""

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import savemat

VIPER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<viper xmlns="http://lamp.cfar.umd.edu/viper#" xmlns:data="http://lamp.cfar.umd.edu/viperdata#"><data>\n'
    "{content}\n</data></viper>\n"
)


def tube(
    first: int, boxes: list[list[int]], label: int = 1, kind: type = np.uint8, **other: Any
) -> dict[str, Any]:
    """A tube of `finalAnnots.mat`, frames from 1, one per box (x, y, width, height)."""
    return {
        "sf": first,
        "ef": first + len(boxes) - 1,
        "class": label,
        "boxes": np.array(boxes, kind),
        **other,
    }


def mat(videos: list[dict[str, Any]], variable: str = "annot", *, packed: bool = True) -> bytes:
    """`finalAnnots.mat` of videos with `name`, `tubes` and, by default, 100 frames."""
    rows = [{"num_imgs": 100, **video, "tubes": _structs(video["tubes"])} for video in videos]
    buffer = io.BytesIO()
    savemat(buffer, {"other": np.arange(3), variable: _structs(rows)}, do_compression=packed)
    return buffer.getvalue()


def _structs(rows: Any) -> Any:
    if not isinstance(rows, list):
        return rows
    found = np.empty((1, len(rows)), [(name, object) for name in rows[0]])
    for place, row in enumerate(rows):
        found[0, place] = tuple(row.values())
    return found


def claiming(length: int) -> bytes:
    """A file of 192 bytes whose text claims to have `length` characters."""
    inner = b"".join(
        struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)
        for kind, data in (
            (6, struct.pack("<II", 4, 0)),
            (5, struct.pack("<ii", 1, length)),
            (1, b"annot"),
            (4, b""),
        )
    )
    return b" " * 124 + b"\x00\x01IM" + struct.pack("<II", 14, len(inner)) + inner


def xgtf(*actors: list[tuple[str, int, int, int, int]]) -> str:
    """A ViPER file; an actor is a list of framespan, x, y, width, height."""
    objects = "".join(
        '<object framespan="1:9" id="0" name="PERSON"><attribute name="Location">\n'
        + "".join(
            f'<data:bbox framespan="{span}" x="{x}" y="{y}" width="{w}" height="{h}"/>\n'
            for span, x, y, w, h in boxes
        )
        + "</attribute></object>\n"
        for boxes in actors
    )
    return VIPER.format(content=f'<sourcefile filename="v.mpg">\n{objects}</sourcefile>')


def write(path: Path, content: bytes | str) -> Path:
    """The file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path

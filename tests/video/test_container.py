"""Announced lengths of hand-made containers."""

import struct

import pytest

from repro.video.container import missing_bytes


def _riff(payload: int, announced: int | None = None) -> bytes:
    return b"RIFF" + struct.pack("<I", payload if announced is None else announced) + bytes(payload)


def _box(name: bytes, payload: int, announced: int | None = None) -> bytes:
    return struct.pack(">I", 8 + payload if announced is None else announced) + name + bytes(payload)


WIDE_BOX = struct.pack(">I4sQ", 1, b"mdat", 16 + 30) + bytes(30)


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        (_riff(100), 0),
        (_riff(100, announced=150), 50),
        (_riff(100)[:-1], 1),
        (_riff(100) + _riff(60), 0),
        (_riff(100) + _riff(60)[:-20], 20),
        (_riff(100) + b"\x00" * 50, 0),  # padding after the last chunk
        (_riff(101), 0),  # without the pad byte of an odd chunk
        (_riff(101) + b"\x00" + _riff(10, announced=12), 2),
        (_box(b"ftyp", 16) + _box(b"mdat", 100), 0),
        (_box(b"ftyp", 16) + _box(b"mdat", 100, announced=208), 100),
        (_box(b"ftyp", 16) + _box(b"mdat", 100, announced=0), 0),  # "to the end of the file"
        (_box(b"ftyp", 16) + WIDE_BOX, 0),
        (_box(b"ftyp", 16) + WIDE_BOX[:-7], 7),
        (_box(b"ftyp", 16) + _box(b"mdat", 100) + b"TAG" + b"title".ljust(125), 0),  # ID3v1
        (_box(b"ftyp", 16) + _box(b"mdat", 100) + b"\n" * 40, 0),
        (_box(b"ftyp", 16) + _box(b"beam", 9) + _box(b"mdat", 100)[:-5], 5),  # behind a box of some camera
        (b"anything else", 0),
        (b"", 0),
        (b"RI", 0),
    ],
    ids=lambda value: f"{len(value)}B" if isinstance(value, bytes) else str(value),
)
def test_missing_bytes(tmp_path, content, missing):
    (tmp_path / "file").write_bytes(content)
    assert missing_bytes(tmp_path / "file") == missing

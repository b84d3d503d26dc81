"""What a container's own length fields say about a file that was cut short.

Decoders read a truncated AVI to its new end without complaint, and the frame count in an AVI header may
legally exceed what decodes (clips of JHMDB do, by a fifth). The byte lengths in the container are reliable.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_CHUNK_HEADER = 8
_BOXES = frozenset(  # that stand at the top level of MP4 and MOV
    b"ftyp styp moov moof mfra mdat imda sidx ssix prft emsg pdin meta uuid udta wide free skip pnot".split()
)


def missing_bytes(path: Path) -> int:
    """How many bytes the container announces beyond the end of the file; 0 if it is whole or of unknown kind.

    Knows RIFF (AVI) and ISO media files (MP4, MOV).
    """
    total = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(12)
        if start[:4] == b"RIFF":
            announced = _riff_end(file, total)
        elif start[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
            announced = _iso_end(file, total)
        else:
            return 0
    return max(0, announced - total)


def _riff_end(file: BinaryIO, total: int) -> int:
    """Where the last RIFF chunk ends; long AVIs consist of several. Trailing foreign bytes do not count."""
    start, end = 0, 0
    while start + _CHUNK_HEADER <= total:
        file.seek(start)
        name, size = struct.unpack("<4sI", file.read(_CHUNK_HEADER))
        if name != b"RIFF":
            break
        end = start + _CHUNK_HEADER + size
        start = end + size % 2  # the pad byte of an odd chunk; some writers leave out the last one
    return end


def _iso_end(file: BinaryIO, total: int) -> int:
    """Where the last top-level box ends; size 0 means to the end of the file, 1 a 64-bit size.

    Trailing foreign bytes, such as a tag of 128, read as a box that nobody knows and that never ends.
    """
    end = 0
    while end + _CHUNK_HEADER <= total:
        file.seek(end)
        header = file.read(16)
        size = int.from_bytes(header[:4], "big")
        if size == 1 and len(header) == 16:
            size = int.from_bytes(header[8:], "big")
        if size == 0:
            return total
        foreign = header[4:8] not in _BOXES and end + size > total
        if size < _CHUNK_HEADER or foreign:
            break
        end += size
    return end

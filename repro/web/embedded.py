"""Pictures and videos inside a page, up to a size that a browser opens at once."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

MOST_BYTES = 24_000_000  # of all files together, before base64, which makes a third more of them
WIDE = 2.2
TYPES = {".png": "image/png", ".webm": "video/webm"}


class Medium(NamedTuple):
    """A file in the page. words: what it is. address: its content as a data address. wide: a picture more
    than `WIDE` times as wide as high."""

    words: str
    address: str
    wide: bool = False


class LeftOut(NamedTuple):
    """A file that would make the page too large: it stays beside it. name: from the page's folder on."""

    name: str
    megabytes: float


class Room:
    """Takes files in the order in which they are offered, as long as they fit.

    folder: of the page. left_out: those that did not fit.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self.folder, self.left_bytes = folder, most_bytes
        self.left_out: list[LeftOut] = []

    def take(self, files: Iterable[Path]) -> list[Medium]:
        """Those that fit. Raises ValueError for what is neither PNG nor WebM, OSError as reading does."""
        return [medium for path in files if (medium := self._one(path)) is not None]

    def _one(self, path: Path) -> Medium | None:
        if path.suffix not in TYPES:
            raise ValueError(f"{path.name}; wanted one of {', '.join(TYPES)}")
        size_bytes = path.stat().st_size
        if size_bytes > self.left_bytes:
            name = path.relative_to(self.folder).as_posix()
            self.left_out.append(LeftOut(name, size_bytes / 1e6))
            return None
        self.left_bytes -= size_bytes
        content = path.read_bytes()
        address = f"data:{TYPES[path.suffix]};base64,{base64.b64encode(content).decode('ascii')}"
        return Medium(in_words(path.stem), address, path.suffix == ".png" and _wide(content))


def _wide(png: bytes) -> bool:
    """By the size in its first chunk."""
    width, height = struct.unpack(">II", png[16:24])
    return bool(width > WIDE * height)


def in_words(stem: str) -> str:
    """`right_by_class` -> `right by class`; a name of a model, behind the first hyphen, stays as it is."""
    kind, hyphen, model = stem.partition("-")
    return kind.replace("_", " ") + (f": {model}" if hyphen else "")

"""File names that are not UTF-8: legal on disk, but OpenCV crashes on them and no terminal shows them."""

from __future__ import annotations

import re
from pathlib import Path

_UNDECODED = re.compile("[\udc80-\udcff]")  # how Python carries a byte that is not UTF-8


def is_utf8(path: Path) -> bool:
    """Whether a path can be handed to who wants UTF-8."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def printable(path: Path) -> str:
    """The path as text that can be printed and stored: a byte that is not UTF-8 is written as `\\xff`."""
    text = _UNDECODED.sub(lambda match: f"\\x{ord(match[0]) - 0xDC00:02x}", str(path))
    return text.encode("utf-8", "backslashreplace").decode("utf-8")

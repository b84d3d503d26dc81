"""Names that no line can show: bytes that are not UTF-8, on which OpenCV crashes, and control characters."""

from __future__ import annotations

import re
from pathlib import Path

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # ends a line, or makes a terminal do things
_UNDECODED = re.compile("[\udc80-\udcff]")  # how Python carries a byte that is not UTF-8


def is_utf8(path: Path) -> bool:
    """Whether a path can be handed to who wants UTF-8."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def printable(path: Path) -> str:
    """The path as text that can be printed and stored in one line, see `in_one_line`."""
    return in_one_line(str(path))


def in_one_line(text: str) -> str:
    r"""The text with a byte that is not UTF-8 written as `\xff`, and the end of a line as `\n`."""
    text = _UNDECODED.sub(lambda match: f"\\x{ord(match[0]) - 0xDC00:02x}", text)
    text = _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")

"""The one reader of list files: every line matches a full pattern or the file is refused.

Also here: the published facts of a data set, in files that only this project writes.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from repro.datasets.faults import refuse, refuse_list
from repro.paths import data_lists_folder
from repro.types import InputError

MAX_LIST_BYTES = 16 * 2**20  # the longest official list has under one MiB


@cache
def published(dataset: str) -> dict[str, Any]:
    """What the owner says of the data set: `data_lists/<dataset>/expected.json`."""
    content: dict[str, Any] = json.loads((data_lists_folder() / dataset / "expected.json").read_text())
    return content


def read_bytes(path: Path, what: str, limit: int, wanted: str = "an annotation", hint: str = "") -> bytes:
    """A whole file of a sender that is not trusted. InputError if unreadable or larger than `limit` bytes.

    what: stands before the path in the error. wanted: what so large a file is not. hint: what to do where
    there is no file.
    """
    try:
        if path.stat().st_size > limit:
            raise InputError(f"{what} {path} is larger than {limit} bytes; that is not {wanted}")
        return path.read_bytes()
    except OSError as error:
        absent = hint if isinstance(error, FileNotFoundError) else ""
        raise InputError(f"{what} {path} cannot be read: {error.strerror}{absent}") from error


def read_text(path: Path, remedy: str = "get it again, or save it as UTF-8 text") -> str:
    """The text of a list file, without byte-order mark. InputError if unreadable, oversized or not UTF-8.

    remedy: what to do with one that is not UTF-8.
    """
    hint = "; put it there, or name another folder of lists with --lists"
    content = read_bytes(path, "list", MAX_LIST_BYTES, "a list of clips", hint)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        byte = error.object[error.start]
        raise InputError(f"list {path}:{line} is not UTF-8 text (byte {byte:#04x}); {remedy}") from error


def read_lines(path: Path, pattern: str, form: str) -> list[tuple[int, re.Match[str]]]:
    """Line numbers (from 1) and matches of a text file whose every line has the form `pattern`.

    pattern: must match the whole line, ASCII classes. form: the same for people, used in errors. CRLF and LF
    endings and a byte-order mark are accepted. Raises InputError naming file, line and text for an unreadable
    or oversized file, a line of another form (empty ones too), and a line that appears twice.
    """
    try:
        text = read_text(path)
    except InputError as error:
        refuse_list(str(error))
        return []
    lines = text.split("\n")  # not splitlines(), which also breaks at rare characters inside names
    if lines[-1] == "":
        lines.pop()
    if not lines:
        refuse_list(f"list {path} is empty")
    compiled, first_at, matches = re.compile(pattern, re.ASCII), dict[str, int](), []
    for number, raw in enumerate(lines, 1):
        line = raw.removesuffix("\r")
        match = compiled.fullmatch(line)
        if match is None:
            refuse("line", f"{path}:{number}: {line[:200]!r} is not of the form {form!r}")
            continue
        if line in first_at:
            refuse("duplicate", f"{path}:{number}: {line!r} stands already in line {first_at[line]}")
            continue
        first_at[line] = number
        matches.append((number, match))
    return matches

"""Whether a video file is still what it was: its state on disk, and what its bytes are."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple


class State(NamedTuple):
    """What the file system says of a file. Whoever writes into it, renames another over it or sets its time
    back changes one of these: nobody can set `ctime_ns`, and another file is another inode."""

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int


def state_of(path: Path) -> State:
    """The file's state now. Raises OSError if there is none."""
    status = path.stat()
    return State(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def sha256_of(path: Path) -> str:
    """The digest of the file's bytes, in hex. Raises OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

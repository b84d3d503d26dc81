"""Errors of the operating system in one line: which file, what is the matter, what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

PLACES = ("--out", "--data", "--report")  # options that name a place to write to
_ELSEWHERE = "use a folder elsewhere ({places})"
_ROOM = f"make room there, or {_ELSEWHERE}"
# What the system says without naming a file means the machine; the other errors then are of the program.
_OF_THE_MACHINE = {
    errno.ENOSPC: ("no space left on the disk", _ROOM),
    errno.EDQUOT: ("the quota of the disk is used up", _ROOM),
    errno.EROFS: ("the disk is read-only", _ELSEWHERE),
    errno.EIO: ("the disk reports an error", f"check it, or {_ELSEWHERE}"),
    errno.EMFILE: ("too many files are open", "raise the limit (ulimit -n) and run the same command again"),
    errno.ENFILE: ("too many files are open on this machine", "close other programs"),
}
_OF_A_FILE = {
    errno.EFBIG: ("larger than a file may be there", f"raise the limit (ulimit -f), or {_ELSEWHERE}"),
    errno.EISDIR: ("a folder stands where a file should be", "move it away"),
    errno.ELOOP: ("its links lead in a circle", "mend them"),
    errno.ENAMETOOLONG: ("the name is too long for the disk", "use a shorter one"),
    errno.ENOENT: (
        "there is no such file or folder",
        "if it was moved or deleted meanwhile, run the same command again",
    ),
    errno.ESTALE: ("the network disk has lost it", "run the same command again"),
}
_RIGHTS = (errno.EACCES, errno.EPERM)
_IN_THE_WAY = (errno.ENOTDIR, errno.EEXIST)


def line_of(error: OSError, places: Sequence[str] = ("--out", "--data")) -> str | None:
    """`PATH: reason; what to do`; None for an error of the program, which its traceback explains.

    places: those of `PLACES` that the command has.
    """
    if error.errno is None or (error.filename is None and error.errno not in _OF_THE_MACHINE):
        return None
    if error.filename is None:
        reason, advice = _OF_THE_MACHINE[error.errno]
    else:
        path = Path(os.fsdecode(error.filename)) if not isinstance(error.filename, int) else Path("/dev/fd")
        reason, advice = _reason(error, path)
        reason = f"{path}: {reason}"
    return f"{reason}; {advice.format(places=', '.join([*places, 'REPRO_HOME']))}"


def _reason(error: OSError, path: Path) -> tuple[str, str]:
    """What is the matter with a path, and what to do: a text with `{places}`, those to name another."""
    number = error.errno or 0
    if number in _RIGHTS:
        return _rights(path)
    if number in _IN_THE_WAY and (barrier := _barrier(path)):
        what = "it is" if barrier == path else f"{barrier} is"
        return f"{what} a file where a folder should be", "move it away, or name another folder"
    general = (error.strerror or type(error).__name__, "see to it and run the same command again")
    return (_OF_THE_MACHINE | _OF_A_FILE).get(number, general)


def _barrier(path: Path) -> Path | None:
    """The first of a path and the folders above it that is there; None if that is a folder."""
    place = _visible(path)
    return place if place and not place.is_dir() else None


def _rights(path: Path) -> tuple[str, str]:
    """Which right is lacking where, as far as it shows."""
    place = _visible(path) or path
    if place == path and not os.access(path, os.R_OK):
        return "there is no right to read it", "change its rights (chmod, chown)"
    if place == path and not os.access(path, os.W_OK):
        return "there is no right to change it", f"change its rights (chmod, chown), or {_ELSEWHERE}"
    folder = path.parent if place == path else place
    return (
        f"there is no right to enter {folder} or to write there",
        f"change its rights (chmod, chown), or {_ELSEWHERE}",
    )


def _visible(path: Path) -> Path | None:
    """The first of a path and the folders above it that is known to exist."""
    return next((place for place in (path, *path.parents) if os.path.lexists(place)), None)

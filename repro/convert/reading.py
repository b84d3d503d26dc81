"""What the readers of published files share: whatever is wrong with a file is one line about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from repro.types import InputError

NAMED = 3  # how many names a message has


@contextmanager
def reading(kind: str, path: Path, errors: tuple[type[Exception], ...] = (ValueError,)) -> Iterator[None]:
    """Within the block `errors` about the content become an InputError that names the file.

    kind: what the file is, in words.
    """
    try:
        yield
    except InputError:
        raise
    except errors as error:
        raise InputError(
            f"{kind} {path} cannot be read: {' '.join(str(error).split())}; is it complete, and the file "
            "it should be?"
        ) from error


def content(kind: str, path: Path, most_bytes: int) -> bytes:
    """A file whole. Raises InputError for one that is not there, cannot be opened, or is too large."""
    try:
        size = path.stat().st_size if path.is_file() else None
        if size is None:
            raise InputError(f"no {kind} at {path}; give the path of the file that was downloaded")
        if size > most_bytes:
            raise InputError(
                f"{kind} {path} has {size} bytes, no published one over {most_bytes}; get it again"
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{kind} {path} cannot be opened ({error.strerror}); check the path") from error


def left_over(missing: Sequence[str], more: Sequence[str]) -> list[str]:
    """What a file lacks and what it has besides, in words; nothing where it is complete."""
    faults = [f"it lacks {some(missing)}"] if missing else []
    return faults + ([f"it has {some(more)} besides"] if more else [])


def some(names: Sequence[str], separator: str = ", ") -> str:
    """The first few of them."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return separator.join(names[:NAMED]) + more

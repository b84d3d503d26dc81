"""What the readers of published files share: whatever is wrong with a file is one line about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from repro.types import InputError


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

"""What is wrong with a data set: the first fault stops a run, but whoever verifies wants all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple

from repro.types import InputError

KINDS = {
    "missing": "listed, but not on disk",
    "extra": "on disk, but not listed",
    "unused": "in a folder of class folders, but not taken",
    "unreadable": "may not be read",
    "broken": "does not decode as it should",
    "list": "a list or annotation that cannot be used as a whole",
    "line": "a line or entry of another form",
    "label": "contradicts its class",
    "duplicate": "appears twice",
    "leak": "on both sides of a split",
    "annotation": "boxes that cannot be used",
    "count": "another number than was published",
}


class Fault(NamedTuple):
    """kind: one of `KINDS`. text: one line that names the file or clip. tolerated: no reason to fail."""

    kind: str
    text: str
    tolerated: bool = False


@dataclass
class Collection:
    """The faults so far, each once. unread: a whole list was lost, so what it lists is unknown."""

    faults: dict[Fault, None] = field(default_factory=dict)
    unread: bool = False


_current: ContextVar[Collection | None] = ContextVar("faults", default=None)


@contextmanager
def collecting() -> Iterator[Collection]:
    """Within the block `refuse` notes faults in the collection instead of raising them."""
    collection = Collection()
    token = _current.set(collection)
    try:
        yield collection
    finally:
        _current.reset(token)


def refuse(kind: str, text: str) -> None:
    """Raise InputError(text); where faults are collected note it and return: the caller passes over it."""
    if kind not in KINDS:
        raise ValueError(f"fault of kind {kind!r}; wanted one of {', '.join(KINDS)}")
    collection = _current.get()
    if collection is None:
        raise InputError(text)
    collection.faults[Fault(kind, text)] = None


def refuse_list(text: str) -> None:
    """`refuse` a whole list: from here on nothing counts as unlisted."""
    refuse("list", text)
    lose_list()


def lose_list() -> None:
    """Where faults are collected, what a list says is unknown, and why has been named."""
    if (collection := _current.get()) is not None:
        collection.unread = True


def note(kind: str, text: str) -> None:
    """Where faults are collected, name something that is allowed."""
    if (collection := _current.get()) is not None:
        collection.faults[Fault(kind, text, tolerated=True)] = None


def now_collecting() -> Collection | None:
    """The collection of the innermost block, if any."""
    return _current.get()

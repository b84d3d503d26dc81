"""Stored arrays kept in memory once read, as many as fit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

MAX_HELD_BYTES = 4 * 2**30

Arrays = Mapping[str, NDArray[Any]]


class Held:
    """most_bytes: what is over that is read anew each time."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes, self._bytes = most_bytes, 0
        self._arrays: dict[Any, Arrays] = {}
        self._counting = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process reads the arrays itself."""
        return type(self), (self._most_bytes,)

    def get(self, key: Any, read: Callable[[], Arrays]) -> Arrays:
        """The arrays of a key; `read` only where they are not held. May be called in threads.

        Several that ask for one key at once all read it, and it is held and counted once.
        """
        if key in self._arrays:
            return self._arrays[key]
        arrays = read()
        size = sum(array.nbytes for array in arrays.values())
        with self._counting:
            if key not in self._arrays and self._bytes + size <= self._most_bytes:
                self._arrays[key], self._bytes = arrays, self._bytes + size
        return arrays

"""One bound on what all threads that decode hold together, whatever the number of cores."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOST_THREADS = 16
FULL_SIZE_BYTES = 512 * 2**20  # of frames as large as their file has them, in all threads together
RESULT_BYTES = 2**30  # of finished clips that wait for whoever asked for them


def threads(wanted: int | None = None) -> int:
    """How many threads work on videos: so many, or by default one a core up to MOST_THREADS."""
    return wanted or min(os.cpu_count() or 1, MOST_THREADS)


class Budget:
    """Bytes that threads take shares of; who asks for more than is left waits until others are done.

    A thread that holds a share must not wait for one that asks for another.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._taken_bytes = 0
        self._changed = threading.Condition()

    @contextmanager
    def share(self, size_bytes: int) -> Iterator[None]:
        """A share for the time of the block; one larger than the whole budget is given out alone."""
        with self._changed:
            self._changed.wait_for(lambda: self._fits(size_bytes))
            self._taken_bytes += size_bytes
        try:
            yield
        finally:
            with self._changed:
                self._taken_bytes -= size_bytes
                self._changed.notify_all()

    def _fits(self, size_bytes: int) -> bool:
        return not self._taken_bytes or self._taken_bytes + size_bytes <= self.limit_bytes

"""What the processes of one training do together, beside its steps: wait, compare, take the chief's word.

Worker 0 is the chief. It alone writes what they share: checkpoints, results, stores. The others compute the
same steps and read what it wrote, on a disk that all of them see. A process that trains alone is its own
chief, and for it nothing here does anything.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import tensorflow as tf

from repro.types import InputError

_AT_ONCE = 2**23  # int64 values that travel in one message: 64 MB
_LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
)


class WorkerLost(InputError):
    """Another worker of this training has gone; the last checkpoint stands."""


class Workers:
    """The processes of a strategy. All methods are to be called by all of them, in the same order."""

    def __init__(self, strategy: tf.distribute.Strategy) -> None:
        self.strategy, self.count, self.index = strategy, 1, 0
        resolver = getattr(strategy, "cluster_resolver", None)
        if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy) and resolver is not None:
            self.count = max(1, resolver.cluster_spec().num_tasks("worker"))
            self.index = resolver.task_id or 0
        self._inside = 0

    @property
    def chief(self) -> bool:
        """Whether this process writes."""
        return self.index == 0

    def meet(self, where: str) -> None:
        """Wait until all are here. Raises WorkerLost if one has gone, InputError if one is elsewhere."""
        self.require_same(where, f"at {where!r}")

    def require_same(self, content: str, what: str) -> None:
        """Raises InputError where `content` is another one at another worker."""
        if self.count == 1:
            return
        digest = hashlib.sha256(content.encode()).digest()[:8]
        theirs = self.rows(np.frombuffer(digest, np.int64))
        others = [str(index) for index in np.flatnonzero(theirs != theirs[self.index])]
        if others:
            raise InputError(
                f"worker {self.index} is {what}, worker {', '.join(others)} is not; start the same command, "
                "of the same version, with the same data at all workers"
            )

    def from_chief(self, content: bytes) -> bytes:
        """The chief's `content`, whatever the others give."""
        if self.count == 1:
            return content
        size = self._sum(np.array([len(content) if self.chief else 0]))[0]
        values = np.zeros(-(-size // 8), np.int64)
        if self.chief:
            values.view(np.uint8)[:size] = np.frombuffer(content, np.uint8)
        parts = [self._sum(values[at : at + _AT_ONCE]) for at in range(0, len(values), _AT_ONCE)]
        return np.concatenate(parts or [values]).tobytes()[:size]

    def agree(self, due: bool, stop: int | None) -> tuple[bool, int | None]:
        """Whether it is due at the chief, and the signal by which any worker was asked to stop."""
        if self.count == 1:
            return due, stop
        theirs = self.rows(np.array([[due, stop or 0]], np.int64))
        return bool(theirs[0, 0]), int(theirs[:, 1].max()) or None

    def chief_says(self, value: bool) -> bool:
        """The chief's value."""
        return value if self.count == 1 else bool(self._sum(np.array([value and self.chief], np.int64))[0])

    def rows(self, row: np.ndarray) -> np.ndarray:
        """[n, ...] of every worker, one behind the other: [workers n, ...], to the last bit."""
        if self.count == 1:
            return row
        whole = np.zeros((self.count, *row.shape), row.dtype)
        whole[self.index] = row
        return self._sum(whole).reshape(-1, *row.shape[1:])

    def _sum(self, values: np.ndarray) -> np.ndarray:
        with self.lost():
            return np.array(self.strategy.reduce(tf.distribute.ReduceOp.SUM, tf.constant(values), axis=None))

    @contextmanager
    def in_turn(self, what: str) -> Iterator[None]:
        """The block runs at the chief first, then at the others, for which what it made is on the disk."""
        outermost = self._inside == 0
        if outermost and not self.chief:
            self.meet(what)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
        if outermost and self.chief:
            self.meet(what)

    @contextmanager
    def lost(self) -> Iterator[None]:
        """TensorFlow's ways to report that another process has gone become WorkerLost."""
        try:
            yield
        except _LOST as error:
            if self.count == 1:
                raise
            raise WorkerLost(
                f"worker {self.index} of {self.count} no longer reaches the others; start the same command "
                "at all of them again: it continues from the last checkpoint"
            ) from error


@functools.cache
def workers_of(strategy: tf.distribute.Strategy) -> Workers:
    """The processes that share a strategy."""
    return Workers(strategy)

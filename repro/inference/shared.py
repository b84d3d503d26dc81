"""Several streams, one call of the network for the frames of all: a small network's call costs more than its
computing.

Each stream runs in a thread of its own, decodes there and asks for its frame; the last one that asks has the
call made for all that wait.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from repro.inference.stream import Advance, Images, Memory, Outputs


class _Asked:
    """A frame of the stream at place `row`, and in time what came of it."""

    def __init__(self, row: int, images: Images, memory: Memory | None) -> None:
        self.row, self.images, self.memory = row, images, memory
        self.answer: tuple[Outputs, Memory] | None = None
        self.error: BaseException | None = None

    @property
    def answered(self) -> bool:
        return self.answer is not None or self.error is not None


class SharedBatch:
    """`advance` for up to `size` streams at once, always with `size` rows, so that it is traced once.

    advance: as a `Stream` takes it, for any number of frames. Rows depend on the order of the streams alone,
    not on which of them is faster. What it gives differs from that of a single frame in the last digits.
    """

    def __init__(self, advance: Advance, size: int) -> None:
        self._advance, self._size = advance, size
        self._free = list(range(size))[::-1]
        self._changed = threading.Condition()
        self._waiting: list[_Asked] = []

    def warm_up(self, images: Images) -> None:
        """The calls that compile, which are no frame's cost: of a first frame, and of one after it."""
        full, memory = self._rows([images]), None
        for _ in range(2):
            _, memory = self._advance(full, memory)

    @contextmanager
    def member(self) -> Iterator[Advance]:
        """A place for the time of the block, in which the others wait for this stream's frames.

        ValueError where all places are taken.
        """
        with self._changed:
            if not self._free:
                raise ValueError(f"more than {self._size} streams in a batch of {self._size}")
            row = self._free.pop()
        try:
            yield lambda images, memory: self._ask(_Asked(row, images, memory))
        finally:
            with self._changed:
                self._free.append(row)
                self._run_if_complete()

    def _ask(self, asked: _Asked) -> tuple[Outputs, Memory]:
        with self._changed:
            self._waiting.append(asked)
            self._run_if_complete()
            self._changed.wait_for(lambda: asked.answered)
        if asked.error is not None:
            raise asked.error
        assert asked.answer is not None
        return asked.answer

    def _run_if_complete(self) -> None:
        """Answer all that wait, once every stream does."""
        if not self._waiting or len(self._waiting) < self._size - len(self._free):
            return
        waiting, self._waiting = sorted(self._waiting, key=lambda asked: asked.row), []
        for first in (True, False):  # a first frame has no memory yet
            together = [asked for asked in waiting if (asked.memory is None) is first]
            if together:
                self._answer(together)
        self._changed.notify_all()

    def _answer(self, together: Sequence[_Asked]) -> None:
        try:
            images = self._rows([asked.images for asked in together])
            memories = [asked.memory for asked in together if asked.memory is not None]
            outputs, memory = self._advance(images, self._rows(memories) if memories else None)
        except BaseException as error:
            for asked in together:
                asked.error = error
            return
        for row, asked in enumerate(together):
            asked.answer = _row(outputs, row), _row(memory, row)

    def _rows(self, several: Sequence[Mapping[str, NDArray]]) -> dict[str, NDArray]:
        """Arrays [1, ...] of several streams, one below the other, the last again up to `size` rows."""
        full = [*several, *[several[-1]] * (self._size - len(several))]
        return {name: np.concatenate([each[name] for each in full]) for name in several[0]}


def _row(arrays: Mapping[str, NDArray], row: int) -> dict[str, NDArray]:
    return {name: np.asarray(array)[row : row + 1] for name, array in arrays.items()}

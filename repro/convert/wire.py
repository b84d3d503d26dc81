"""The wire format of protocol buffers, walked within bounds before anything is unpacked.

A hostile file can blow up in a parser (millions of empty messages, endless nesting); a walk that is handed
out field by field, from a budget, cannot. It also leaves the numbers where they lie: half a gigabyte of
weights is never copied into messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

VARINT, BITS64, BYTES, BITS32 = 0, 1, 2, 5  # wire types; 3 and 4 are groups, which Caffe never writes
MOST_FIELDS = 20_000  # of a file: VGG-19 has some hundreds
_VARINT_BYTES = 10


class Field(NamedTuple):
    """One field, or a run of equal unpacked ones: positions in the file.

    start: of the tag. value: behind the tag, for `BYTES` behind the length too. stop: one past the end.
    """

    number: int
    wire: int
    start: int
    value: int
    stop: int


class Wire:
    """A file in memory, and how many more of its fields may be walked over."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._bytes = np.frombuffer(content, np.uint8)
        self._left = MOST_FIELDS

    def fields(self, start: int, stop: int) -> Iterator[Field]:
        """The fields of the message in [start, stop), in order; neighbours of one fixed size as one.

        Raises ValueError where the bytes are no message, or the budget of the file is spent.
        """
        while start < stop:
            self._left -= 1
            if self._left < 0:
                raise ValueError(f"more than {MOST_FIELDS} fields")
            field = self._field(start, stop)
            if field.stop > stop:
                raise ValueError(
                    f"field {field.number} at byte {start} ends {field.stop - stop} bytes too late"
                )
            yield field
            start = field.stop

    def _field(self, start: int, stop: int) -> Field:
        tag, value = self._varint(start, stop)
        number, wire = tag >> 3, tag & 7
        if not 1 <= number < 1 << 29:
            raise ValueError(f"no field can have number {number}, at byte {start}")
        if wire == VARINT:
            return Field(number, wire, start, value, self._varint(value, stop)[1])
        if wire == BYTES:
            length, value = self._varint(value, stop)
            return Field(number, wire, start, value, value + length)
        if wire in (BITS32, BITS64):
            size = 4 if wire == BITS32 else 8
            if value - start > 1:  # no number of ours is so high: no run to look for
                return Field(number, wire, start, value, value + size)
            return Field(number, wire, start, value, start + self._run(start, stop, 1 + size) * (1 + size))
        raise ValueError(f"field {number} at byte {start} has wire type {wire}")

    def _varint(self, start: int, stop: int) -> tuple[int, int]:
        """The number at `start` and the position behind it."""
        number = 0
        for place, byte in enumerate(self.content[start : min(stop, start + _VARINT_BYTES)]):
            number |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                return number, start + place + 1
        raise ValueError(f"a number at byte {start} does not end")

    def _run(self, start: int, stop: int, size: int) -> int:
        """How many fields of `size` bytes with the tag at `start` follow each other, at least 1.

        Looks ahead in blocks that double, so that many short runs cost no more than one long run.
        """
        count, room = 1, (stop - start) // size
        while count < room:
            block = min(count, room - count)
            first = start + count * size
            same = self._bytes[first : first + block * size : size] == self._bytes[start]
            if not same.all():
                return count + int(same.argmin())
            count += block
        return count

    def numbers(self, field: Field, dtype: DTypeLike) -> NDArray[np.floating]:
        """The values of a packed field or of a run of unpacked ones, 1-D, not copied where packed.

        dtype: little-endian, 4 or 8 bytes. Raises ValueError if the field holds no such numbers.
        """
        size = np.dtype(dtype).itemsize
        if field.wire == BYTES:
            if (field.stop - field.value) % size:
                raise ValueError(f"field {field.number} at byte {field.start} is cut within a number")
            return np.frombuffer(self.content, dtype, (field.stop - field.value) // size, field.value)
        if field.wire != (BITS32 if size == 4 else BITS64):
            raise ValueError(f"field {field.number} at byte {field.start} holds no numbers of {size} bytes")
        run = self._bytes[field.start : field.stop].reshape(-1, 1 + size)[:, 1:]
        return np.ascontiguousarray(run).view(dtype).reshape(-1)

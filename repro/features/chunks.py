"""Chunks of frames, and single frames, from every g-th frame of a video on (paper 3, 4.1).

Row r belongs to frame r * g. A video shorter than a window is repeated from its start until it fills one, as
paper 3 needs for Hollywood2; then frame t is frame t mod n of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from repro.features.extract import Images, Reader
from repro.features.source import expected
from repro.types import Frames, VideoRef
from repro.video import decode, geometry


def rows_of(frames: int, *, length: int, grid: int, at_least: int) -> int:
    """R, how many chunks of `length` frames start on the grid: (max(n, at_least) - L) // g + 1.

    frames: n. length: L, 1 for single frames. at_least: F, to which a shorter video is repeated. Raises
    ValueError for sizes below 1 and for a window shorter than a chunk.
    """
    if min(frames, length, grid) < 1 or at_least < length:
        raise ValueError(
            f"chunks of {length} on a grid of {grid} in {frames} frames repeated to {at_least}; "
            "wanted sizes of 1 or more and chunks that fit"
        )
    return (max(frames, at_least) - length) // grid + 1


def row_counts(lengths: Mapping[str, int], *, length: int, grid: int, at_least: int) -> dict[str, int]:
    """R of each video by video_id, from its decoded frames: what `extract` counts with these readers."""
    return {
        video_id: rows_of(frames, length=length, grid=grid, at_least=at_least)
        for video_id, frames in lengths.items()
    }


@dataclass(frozen=True)
class ChunkReader:
    """A reader of chunks, uint8 [R, L, H, W, 3] RGB, of whole frames resized to H x W.

    The frames are kept once; chunks, which overlap where g < L, are put together where they are asked for.
    The reader's limit is a number of chunks; its size means nothing, since frames need not be square.
    """

    length: int
    grid: int
    height: int
    width: int
    at_least: int

    @property
    def image_bytes(self) -> int:
        """How much is held for each chunk: the frames up to the next one."""
        return 3 * self.grid * self.height * self.width

    def __call__(self, ref: VideoRef, size: int, limit: int | None) -> Images:
        resize = geometry.to_size(self.height, self.width)
        frames = decode.read_clip(ref.path, segment=ref.segment, change=resize)
        rows = rows_of(len(frames), length=self.length, grid=self.grid, at_least=self.at_least)
        return _Chunks(frames, self.length, self.grid, expected(rows, limit))


def chunks_of(*, length: int, grid: int, height: int, width: int, at_least: int) -> Reader:
    """A `ChunkReader` of these sizes."""
    return ChunkReader(length, grid, height, width, at_least)


class _Chunks:
    """Chunks made on demand: they hold L / g times the bytes of the frames."""

    def __init__(self, frames: Frames, length: int, grid: int, rows: int) -> None:
        self._frames, self._length, self._grid, self._rows = frames, length, grid, rows

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, part: slice) -> NDArray[np.uint8]:
        starts = np.arange(self._rows)[part] * self._grid
        return self._frames[(starts[:, None] + np.arange(self._length)) % len(self._frames)]


def grid_frames(*, grid: int, resized: int | None, at_least: int) -> Reader:
    """A reader of every g-th frame, uint8 [R, S, S, 3] RGB.

    resized: as `geometry.square` has it. The reader's limit is a number of frames on the grid.
    """

    return partial(_grid_frames, grid, resized, at_least)


def _grid_frames(
    grid: int, resized: int | None, at_least: int, ref: VideoRef, size: int, limit: int | None
) -> Images:
    kept: dict[int, NDArray[np.uint8]] = {}
    frames = 0
    with closing(decode.frames(ref.path, ref.segment, in_turn=True)) as decoded:
        for position, frame in enumerate(decoded):
            frames = position + 1
            # Of a video that will be repeated any frame can fall on the grid.
            if position % grid == 0 or position < at_least:
                kept[position] = geometry.square(frame, size, resized)
    rows = rows_of(frames, length=1, grid=grid, at_least=at_least)
    return np.stack([kept[row * grid % frames] for row in range(rows)[:limit]])

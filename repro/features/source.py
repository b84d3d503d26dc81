"""Which state of a video file some features were made from, and whether the file is still that."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from repro.types import InputError, VideoRef


class Source(NamedTuple):
    """The state of a video file, taken before it is decoded."""

    size_bytes: int
    mtime_ns: int
    sha256: str
    segment: tuple[int, int] | None


def source_of(ref: VideoRef) -> Source:
    """What the video file is now. Raises InputError if it cannot be read."""
    try:
        state = ref.path.stat()
        return Source(state.st_size, state.st_mtime_ns, _sha256(ref.path), segment_of(ref))
    except OSError as error:
        raise InputError(f"video {ref.video_id} cannot be read: {ref.path}: {error.strerror}") from error


def is_current(source: Source, ref: VideoRef) -> bool:
    """Hashes the video only where its time alone differs, as after a copy or a `touch`."""
    try:
        state = ref.path.stat()
        if source.segment != segment_of(ref) or source.size_bytes != state.st_size:
            return False
        return source.mtime_ns == state.st_mtime_ns or source.sha256 == _sha256(ref.path)
    except OSError:
        return False


def expected(length: int, limit: int | None) -> int:
    """The frames that are taken of a video of `length` frames: the first `limit`, or all."""
    return length if limit is None else min(length, limit)


def counted(ref: VideoRef, frames: int, limit: int | None, lengths: Mapping[str, int] | None) -> None:
    """Raises InputError if a video gave another number of frames than it was counted with before."""
    if lengths is not None and frames != expected(lengths[ref.video_id], limit):
        raise InputError(
            f"video {ref.video_id} was counted with {lengths[ref.video_id]} frames but gives {frames}: "
            f"{ref.path}; it changed since, start the command again"
        )


def segment_of(ref: VideoRef) -> tuple[int, int] | None:
    return None if ref.segment is None else (ref.segment.start_frames, ref.segment.stop_frames)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

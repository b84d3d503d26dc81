"""Which content of a video file some features were made from, and whether the file still has it."""

from __future__ import annotations

from typing import NamedTuple

from repro.atomic import sha256_of
from repro.types import InputError, VideoRef


class Source(NamedTuple):
    """What some features were made from: the file's content, taken before it is decoded, and its part."""

    sha256: str
    segment: tuple[int, int] | None


def source_of(ref: VideoRef) -> Source:
    """What the video file is now. Raises InputError if it cannot be read."""
    try:
        return Source(sha256_of(ref.path), segment_of(ref))
    except OSError as error:
        raise InputError(f"video {ref.video_id} cannot be read: {ref.path}: {error.strerror}") from error


def is_current(source: Source, ref: VideoRef) -> bool:
    """By what the video was counted with; one that never was is hashed."""
    if source.segment != segment_of(ref):
        return False
    try:
        return source.sha256 == (ref.content or sha256_of(ref.path))
    except OSError:
        return False


def expected(length: int, limit: int | None) -> int:
    """The frames that are taken of a video of `length` frames: the first `limit`, or all."""
    return length if limit is None else min(length, limit)


def segment_of(ref: VideoRef) -> tuple[int, int] | None:
    return None if ref.segment is None else (ref.segment.start_frames, ref.segment.stop_frames)

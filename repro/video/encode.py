"""Writes a video file that is complete or not there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.atomic import replacing
from repro.types import InputError
from repro.video import decode
from repro.video.names import is_utf8, printable

# name -> (FFmpeg tag, suffix). VP8 plays in browsers; XviD is what UCF101 uses; FFV1 loses nothing.
CODECS = {"vp8": ("VP80", ".webm"), "xvid": ("XVID", ".avi"), "ffv1": ("FFV1", ".avi")}
MORE_BYTES = 2**18  # more than any encoder holds back


def write_video(path: Path, frames: Iterable[NDArray[np.uint8]], fps: float, codec: str = "vp8") -> None:
    """Encode uint8 [H, W, 3] RGB frames of equal size; an odd side loses its last row or column.

    fps: frames per second of the file. The finished file is counted before it takes its name. Raises
    ValueError for a codec, suffix, frame or rate that does not fit, InputError for a folder whose name is no
    UTF-8, OSError when the file cannot be written or comes out short.
    """
    if codec not in CODECS or path.suffix != CODECS[codec][1]:
        raise ValueError(f"codec {codec!r} into {path.name!r}; wanted one of {CODECS} with its suffix")
    if not fps > 0:
        raise ValueError(f"fps is {fps}; wanted more than 0")
    with replacing(path, path.suffix) as temporary:
        if not is_utf8(temporary.resolve()):
            raise InputError(f"{printable(path)}: OpenCV cannot open a path that is not UTF-8; name another")
        temporary.touch()  # why a file cannot be made the system says, and OpenCV does not
        written = _encode(temporary, frames, fps, CODECS[codec][0])
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        _check_whole(temporary, written, path)


def _check_whole(temporary: Path, written: int, path: Path) -> None:
    """OSError unless all frames can be read back, with the system's reason where it has one: OpenCV says
    nothing of a disk that takes no more."""
    try:
        with _quiet_stderr():
            readable = decode.probe(temporary).frames
    except decode.BrokenVideo:
        readable = 0
    if readable != written:
        _write_more(temporary)
        raise OSError(f"{path}: wrote {written} frames but {readable} can be read back")


def _write_more(path: Path) -> None:
    """Raises the OSError of a file that cannot grow, if it cannot."""
    with path.open("ab") as file:
        file.write(bytes(MORE_BYTES))
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """OpenCV says of every good WebM file that its tag is unknown, past its own log level; of a short file,
    what FFmpeg thinks of it."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _encode(path: Path, frames: Iterable[NDArray[np.uint8]], fps: float, tag: str) -> int:
    writer, shape, written = None, None, 0
    try:
        for frame in frames:
            if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape != (shape or (*frame.shape[:2], 3)):
                raise ValueError(
                    f"frame {written} is {frame.dtype} {frame.shape}; wanted uint8 {shape or '[H, W, 3]'}"
                )
            if writer is None:
                shape = frame.shape
                fourcc = cv2.VideoWriter.fourcc(*tag)
                with _quiet_stderr():
                    writer = cv2.VideoWriter(
                        str(path.resolve()), cv2.CAP_FFMPEG, fourcc, fps, (shape[1], shape[0])
                    )
                if not writer.isOpened():
                    _write_more(path)
                    raise OSError(f"{path} cannot be written with {tag}")
            writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
            written += 1
    finally:
        if writer is not None:
            writer.release()
    if not written:
        raise ValueError(f"no frames to write into {path}")
    return written

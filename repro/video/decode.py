"""Reads frames in decoder order, always from the first on: seeking returns wrong frames on B-frame files."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.types import Frames, InputError, Segment
from repro.video.container import missing_bytes

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # BrokenVideo tells what went wrong
cv2.setNumThreads(0)  # callers work on several videos at once; threads inside each frame would only compete

VERSION = f"opencv {cv2.__version__}"  # its wheel carries FFmpeg, so this names the decoder too
MAX_SIDE_PX = 8192
MAX_CLIP_BYTES = 8 * 2**30


class BrokenVideo(InputError):
    """A video file that cannot be used; the message names the file and the reason."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"video {path}: {reason}")
        self.path, self.reason = path, reason

    def __reduce__(self) -> tuple[type[BrokenVideo], tuple[Path, str]]:
        return BrokenVideo, (self.path, self.reason)  # so that it crosses process borders


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """frames: decoded and counted. declared_frames: what the container claims, often wrong."""

    frames: int
    declared_frames: int
    height_px: int
    width_px: int
    fps: float


@contextmanager
def _opened(path: Path) -> Iterator[cv2.VideoCapture]:
    """An open capture of a whole file of sane size, or BrokenVideo."""
    if not path.exists():
        raise BrokenVideo(path, "there is no such file")
    if not path.is_file():
        raise BrokenVideo(path, "not a file; name a video file")
    if path.stat().st_size == 0:
        raise BrokenVideo(path, "the file is empty")
    if lost := missing_bytes(path):
        raise BrokenVideo(path, f"truncated, {lost} bytes are missing at its end; get it again")
    # An absolute path, since FFmpeg takes `name:rest` for a protocol; one decoder thread, since the callers
    # decode several files at once.
    capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    try:
        if not capture.isOpened():
            raise BrokenVideo(path, "not a video that can be decoded")
        sides = [int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FRAME_WIDTH)]
        if max(sides) > MAX_SIDE_PX:
            raise BrokenVideo(
                path, f"declares frames of {sides[1]} x {sides[0]}; at most {MAX_SIDE_PX} a side"
            )
        yield capture
    finally:
        capture.release()


def _decoded(capture: cv2.VideoCapture, path: Path, start: int = 0) -> Iterator[NDArray[np.uint8]]:
    """The frames from `start` on; those before are decoded but not converted: it saves 40 % of the time."""
    for position in range(start):
        if not capture.grab():
            raise BrokenVideo(path, f"ends at frame {position}, before frame {start} that was counted")
    shape = None
    while True:
        there, frame = capture.read()
        if not there:
            break
        if frame.shape != (shape or frame.shape):
            raise BrokenVideo(path, f"frames change size from {shape} to {frame.shape}")
        shape = frame.shape
        yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
    if shape is None:
        raise BrokenVideo(path, f"ends at frame {start}" if start else "no frame decodes")


def frames(path: Path, segment: Segment | None = None) -> Generator[NDArray[np.uint8]]:
    """Every frame of a video, or of its `segment`, in order, uint8 [H, W, 3] RGB, one in memory at a time.

    Rotation stored in the container is applied. Raises BrokenVideo, also for an end inside the segment.
    """
    start, stop = (segment.start_frames, segment.stop_frames) if segment else (0, None)
    position = start
    with _opened(path) as capture:
        for frame in islice(_decoded(capture, path, start), None if stop is None else stop - start):
            yield frame
            position += 1
    if stop is not None and position < stop:
        raise BrokenVideo(path, f"ends at frame {position}, inside the segment up to {stop}")


def read_clip(path: Path, *, segment: Segment | None = None, limit: int | None = None) -> Frames:
    """The frames of a video, or of its `segment`, at most the first `limit`: uint8 [T, H, W, 3] RGB.

    Raises BrokenVideo, also when the video ends inside the segment or the clip would not fit in memory.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit is {limit}; wanted at least 1")
    clip: list[NDArray[np.uint8]] = []
    with closing(frames(path, segment)) as decoded:
        for frame in islice(decoded, limit):
            clip.append(frame)
            if len(clip) * frame.nbytes > MAX_CLIP_BYTES:
                raise BrokenVideo(path, f"more than {MAX_CLIP_BYTES} bytes of frames; read a part of it")
    return np.stack(clip)


def read_frames(path: Path, indices: NDArray[np.integer], segment: Segment | None = None) -> Frames:
    """Chosen frames in one sequential pass that stops after the last: uint8 [n, H, W, 3] RGB.

    indices: int [n], increasing, counted from the start of the segment (or of the video). Raises BrokenVideo
    when the video ends before the last of them, ValueError when they do not increase.
    """
    wanted = np.asarray(indices, dtype=np.int64)
    if wanted.ndim != 1 or not wanted.size or wanted[0] < 0 or np.any(np.diff(wanted) <= 0):
        raise ValueError(f"frame indices must increase from 0 or more, found {wanted.tolist()}")
    if segment:
        if wanted[-1] >= segment.stop_frames - segment.start_frames:
            raise ValueError(f"frame {wanted[-1]} lies beyond the segment {segment}")
        wanted = wanted + segment.start_frames
    chosen: list[NDArray[np.uint8]] = []
    remaining = iter(wanted.tolist())
    target = next(remaining)
    with _opened(path) as capture:
        for position in range(wanted[-1] + 1):
            if not capture.grab():
                raise BrokenVideo(
                    path, f"ends at frame {position}, before frame {wanted[-1]} that was counted"
                )
            if position == target:
                there, frame = capture.retrieve()
                if not there or (chosen and frame.shape != chosen[0].shape):
                    raise BrokenVideo(path, f"frame {position} cannot be used")
                chosen.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
                target = next(remaining, -1)
    return np.stack(chosen)


def probe(path: Path) -> VideoInfo:
    """Decode a whole video and count its frames. Raises BrokenVideo with the reason."""
    with _opened(path) as capture:
        declared = max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
        fps = float(capture.get(cv2.CAP_PROP_FPS))
        first = next(_decoded(capture, path))
        count = 1
        while capture.grab():  # decodes like read(), without the conversion to RGB
            count += 1
    return VideoInfo(count, declared, first.shape[0], first.shape[1], fps)

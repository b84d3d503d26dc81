"""Reads frames in decoder order, always from the first on: seeking returns wrong frames on B-frame files."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.paths import quiet_decoder
from repro.types import Frames, InputError, Segment
from repro.video.budget import FULL_SIZE_BYTES, Budget
from repro.video.container import missing_bytes
from repro.video.names import is_utf8, printable
from repro.video.timing import varying

quiet_decoder()  # before FFmpeg is first used, which then asks once
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # BrokenVideo tells what went wrong
cv2.setNumThreads(0)  # callers work on several videos at once; threads inside each frame would only compete

VERSION = f"opencv {cv2.__version__}"  # its wheel carries FFmpeg, so this names the decoder too
MAX_SIDE_PX = 8192
MAX_CLIP_BYTES = 8 * 2**30
FRAMES_HELD = 6  # of full size while a video is read: the decoder's references, BGR, RGB
IN_TURN = Budget(FULL_SIZE_BYTES)

Change = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]  # what is kept of a frame, [H, W, 3] -> [H', W', C]


class BrokenVideo(InputError):
    """A video file that cannot be used; the message names the file and the reason."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"video {printable(path)}: {reason}")
        self.path, self.reason = path, reason

    def __reduce__(self) -> tuple[type[BrokenVideo], tuple[Path, str]]:
        return BrokenVideo, (self.path, self.reason)  # so that it crosses process borders


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """frames: decoded and counted. declared_frames: what the container claims, often wrong.

    shown_s: float64 [frames], the seconds from the first frame on at which each appears, if `fps` does not
    tell them (`timing.varying`); else None.
    """

    frames: int
    declared_frames: int
    height_px: int
    width_px: int
    fps: float
    shown_s: NDArray[np.float64] | None = field(default=None, compare=False)


def _whole(path: Path) -> Path:
    """The path of a file that can be handed to OpenCV, or BrokenVideo."""
    try:
        if not path.exists():
            raise BrokenVideo(path, "there is no such file")
        if not path.is_file():
            raise BrokenVideo(path, "not a file; name a video file")
        if path.stat().st_size == 0:
            raise BrokenVideo(path, "the file is empty")
        if lost := missing_bytes(path):
            raise BrokenVideo(path, f"truncated, {lost} bytes are missing at its end; get it again")
    except PermissionError as error:
        raise BrokenVideo(path, "there is no right to read it; change its rights (chmod, chown)") from error
    except OSError as error:
        raise BrokenVideo(path, f"cannot be read: {error.strerror}") from error
    if not is_utf8(path.resolve()):
        raise BrokenVideo(path, "its path is not UTF-8, which OpenCV cannot open; rename it")
    return path


@contextmanager
def _opened(path: Path, in_turn: bool) -> Iterator[cv2.VideoCapture]:
    """An open capture of a whole file of sane size, or BrokenVideo. in_turn: as in `frames`."""
    # An absolute path, since FFmpeg takes `name:rest` for a protocol; one decoder thread, since the callers
    # decode several files at once.
    whole = str(_whole(path).resolve())
    capture = cv2.VideoCapture(whole, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    try:
        if not capture.isOpened():
            raise BrokenVideo(path, "not a video that can be decoded")
        sides = [int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FRAME_WIDTH)]
        if max(sides) > MAX_SIDE_PX:
            raise BrokenVideo(
                path, f"declares frames of {sides[1]} x {sides[0]}; at most {MAX_SIDE_PX} a side"
            )
        size_bytes = FRAMES_HELD * 3 * sides[0] * sides[1]
        with IN_TURN.share(size_bytes) if in_turn else nullcontext():
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


def frames(
    path: Path, segment: Segment | None = None, *, in_turn: bool = False
) -> Generator[NDArray[np.uint8]]:
    """Every frame of a video, or of its `segment`, in order, uint8 [H, W, 3] RGB, one in memory at a time.

    Rotation stored in the container is applied. in_turn: for work in threads; all that is read so at one time
    shares `budget.FULL_SIZE_BYTES`, and a video that does not fit waits. Close the generator then: until its
    end or its closing it keeps its share. Raises BrokenVideo, also for an end inside the segment.
    """
    start, stop = (segment.start_frames, segment.stop_frames) if segment else (0, None)
    position = start
    with _opened(path, in_turn) as capture:
        for frame in islice(_decoded(capture, path, start), None if stop is None else stop - start):
            yield frame
            position += 1
    if stop is not None and position < stop:
        raise BrokenVideo(path, f"ends at frame {position}, inside the segment up to {stop}")


def read_clip(
    path: Path,
    *,
    segment: Segment | None = None,
    limit: int | None = None,
    step: int = 1,
    change: Change | None = None,
) -> Frames:
    """Every `step`-th frame of a video, or of its `segment`, from the first on, at most the first `limit` of
    them: uint8 [T, H, W, 3] RGB.

    change: applied to each frame as soon as it is decoded, so that the clip is never held at full size. Waits
    for its turn (see `frames`). Raises BrokenVideo, also when the video ends inside the segment or the clip
    would not fit in memory.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit is {limit}; wanted at least 1")
    clip: list[NDArray[np.uint8]] = []
    with closing(frames(path, segment, in_turn=True)) as decoded:
        for frame in islice(decoded, 0, None if limit is None else (limit - 1) * step + 1, step):
            clip.append(frame if change is None else change(frame))
            if len(clip) * clip[0].nbytes > MAX_CLIP_BYTES:
                raise BrokenVideo(path, f"more than {MAX_CLIP_BYTES} bytes of frames; read a part of it")
    return _joined(clip)


def read_frames(
    path: Path, indices: NDArray[np.integer], segment: Segment | None = None, change: Change | None = None
) -> Frames:
    """`chosen_frames` in one array: uint8 [n, H, W, 3] RGB. change: as in `read_clip`."""
    with closing(chosen_frames(path, indices, segment, in_turn=True)) as decoded:
        return _joined([frame if change is None else change(frame) for frame in decoded])


def chosen_frames(
    path: Path, indices: NDArray[np.integer], segment: Segment | None = None, *, in_turn: bool = False
) -> Generator[NDArray[np.uint8]]:
    """Chosen frames, uint8 [H, W, 3] RGB, in one sequential pass that stops after the last.

    indices: int [n], increasing, counted from the start of the segment (or of the video). in_turn: as in
    `frames`. Raises BrokenVideo when the video ends before the last of them, ValueError when they do not
    increase.
    """
    wanted = _wanted(indices, segment)
    remaining = iter(wanted.tolist())
    target, shape = next(remaining), None
    with _opened(path, in_turn) as capture:
        for position in range(wanted[-1] + 1):
            if not capture.grab():
                raise BrokenVideo(
                    path, f"ends at frame {position}, before frame {wanted[-1]} that was counted"
                )
            if position == target:
                there, frame = capture.retrieve()
                if not there or frame.shape != (shape or frame.shape):
                    raise BrokenVideo(path, f"frame {position} cannot be used")
                shape, target = frame.shape, next(remaining, -1)
                yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)


def _wanted(indices: NDArray[np.integer], segment: Segment | None) -> NDArray[np.int64]:
    """Positions in the file, int64 [n], of chosen frames."""
    wanted = np.asarray(indices, dtype=np.int64)
    if wanted.ndim != 1 or not wanted.size or wanted[0] < 0 or np.any(np.diff(wanted) <= 0):
        raise ValueError(f"frame indices must increase from 0 or more, got {wanted.tolist()}")
    if segment is None:
        return wanted
    if wanted[-1] >= segment.stop_frames - segment.start_frames:
        raise ValueError(f"frame {wanted[-1]} lies beyond the segment {segment}")
    return wanted + segment.start_frames


def _joined(frames: list[NDArray[np.uint8]]) -> Frames:
    """`np.stack`, but each frame is let go as soon as it is copied: the clip is not held twice."""
    joined = np.empty((len(frames), *frames[0].shape), np.uint8)
    frames.reverse()
    for row in range(len(frames)):
        joined[row] = frames.pop()
    return joined


def probe(path: Path) -> VideoInfo:
    """Decode a whole video and count its frames. Waits for its turn. Raises BrokenVideo with the reason."""
    with _opened(path, in_turn=True) as capture:
        declared = max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
        fps = float(capture.get(cv2.CAP_PROP_FPS))
        first = next(_decoded(capture, path))
        shown_ms = [capture.get(cv2.CAP_PROP_POS_MSEC)]
        while capture.grab():  # decodes like read(), without the conversion to RGB
            shown_ms.append(capture.get(cv2.CAP_PROP_POS_MSEC))
    times = varying(np.array(shown_ms) / 1000, fps)
    return VideoInfo(len(shown_ms), declared, first.shape[0], first.shape[1], fps, times)

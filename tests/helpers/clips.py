"""Tiny video files whose frames tell their own number."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repro.video.encode import write_video


def numbered_frames(count: int, tag: int = 0, height: int = 24, width: int = 32) -> NDArray[np.uint8]:
    """uint8 [count, height, width, 3]: red is the frame's number, green `tag`, blue rises rightwards."""
    frames = np.zeros((count, height, width, 3), np.uint8)
    frames[..., 0] = np.arange(count)[:, None, None]
    frames[..., 1] = tag
    frames[..., 2] = np.arange(width) * 4
    return frames


def write_numbered(
    path: Path, count: int, tag: int = 0, height: int = 24, width: int = 32
) -> NDArray[np.uint8]:
    """The numbered frames, also written without loss to `path` (.avi)."""
    frames = numbered_frames(count, tag, height, width)
    write_video(path, frames, 25, codec="ffv1")
    return frames


def write_ramp(path: Path, frames: int, height: int, width: int) -> None:
    """A large clip that is quick to write: grey from left to right, brighter by one level a frame."""
    ramp = np.linspace(0, 200, width).astype(np.uint8)
    frame = np.broadcast_to(ramp[None, :, None], (height, width, 3))
    write_video(path, (frame + np.uint8(t) for t in range(frames)), 25, "xvid")

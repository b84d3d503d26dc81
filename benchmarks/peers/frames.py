"""Frames of a video as one would read them first: OpenCV, one after the other."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray


def frames_in_turn(path: Path, side: int, limit: int) -> NDArray[np.uint8]:
    """The first frames, whole, resized to side x side: uint8 [T, side, side, 3] RGB."""
    video = cv2.VideoCapture(str(path))
    frames: list[np.ndarray] = []
    while len(frames) < limit and (read := video.read())[0]:
        frame = cv2.resize(read[1], (side, side), interpolation=cv2.INTER_CUBIC)
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
    video.release()
    return np.stack(frames).astype(np.uint8, copy=False)

"""Draws the clips that benchmarks work on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from repro.demo.actions import CLASSES
from repro.demo.renderer import FPS, render_clip
from repro.types import Frames
from repro.video import encode, geometry


def write_clip(path: Path, frames: int, *, height: int, width: int, group: int = 1) -> None:
    """Write an XviD file of a drawn person who acts and then goes back to the start, as long as is wanted.

    group: other scenes and people. The drawing is enlarged, so it has less fine texture than a recording.
    """
    label = CLASSES[group % len(CLASSES)]
    drawn = render_clip(0, label, group, 1).frames
    there_and_back: Frames = np.concatenate([drawn, drawn[-2:0:-1]])
    drawn_once = [geometry.resize(frame, height, width) for frame in there_and_back[:frames]]
    clip = (drawn_once[t % len(drawn_once)] for t in range(frames))
    encode.write_video(path, clip, FPS, codec="xvid")

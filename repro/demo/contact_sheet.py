"""Pictures of the set for people: one row per class, frames evenly spaced over a clip; and rows of stills."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from repro import atomic
from repro.demo.actions import CLASSES
from repro.demo.renderer import render_clip
from repro.demo.stills import render_still

COLUMNS = 8


def contact_sheet(labels: Sequence[str] = CLASSES) -> NDArray[np.uint8]:
    """RGB uint8 [rows * 120, 8 * 160, 3]: eight frames of one clip per class, first to last."""
    rows = []
    for label in labels:
        frames = render_clip(0, label, 1, 1).frames
        chosen = frames[np.linspace(0, len(frames) - 1, COLUMNS).round().astype(int)]
        row = np.concatenate(list(chosen), axis=1)
        for colour, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            cv2.putText(row, label, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, width, cv2.LINE_AA)
        rows.append(row)
    return np.concatenate(rows, axis=0)


def still_sheet(rows: int) -> NDArray[np.uint8]:
    """RGB uint8 [rows * 120, 8 * 160, 3]: the first stills of pre-training."""
    stills = [render_still(index)[0] for index in range(rows * COLUMNS)]
    return np.concatenate(
        [np.concatenate(stills[i : i + COLUMNS], 1) for i in range(0, len(stills), COLUMNS)]
    )


def write_samples(folder: Path) -> None:
    """The two pictures of this room's README: `clips.jpg` and `stills.jpg`, about 300 KB together."""
    for name, sheet in (("clips", contact_sheet()), ("stills", still_sheet(2))):
        bgr = cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR)
        _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 62])
        atomic.write_bytes(folder / f"{name}.jpg", encoded.tobytes())

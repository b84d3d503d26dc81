"""What was noted when the demo set was drawn: one `.npz` a video, beside the videos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.types import InputError, VideoRef


def path_of(root: Path, ref: VideoRef) -> Path:
    """Where the notes on a video are."""
    return root / "ground_truth" / f"{ref.video_id}.npz"


def read(root: Path, ref: VideoRef, name: str) -> NDArray[Any]:
    """One of the arrays: `boxes` [T, 4] in pixels, `interval` [2] in frames, and others. InputError if it
    cannot be read.
    """
    path = path_of(root, ref)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return np.asarray(arrays[name])
    except Exception as error:  # NumPy answers a damaged file with whatever its parsing stumbles over
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{name} {path} cannot be read ({reason}); render the demo set again") from error

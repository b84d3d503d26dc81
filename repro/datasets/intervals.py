"""When the action happens in a video: read from what lies beside the drawn videos."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from repro.types import InputError, VideoRef


def intervals_of(dataset: str, root: Path, refs: Iterable[VideoRef]) -> dict[str, tuple[int, int]]:
    """The first frame of the action and one past its last, by video_id, counted in the whole file.

    Only the demo set says so; ActivityNet's segments are the samples themselves. Raises InputError for
    another data set, and where a file is missing or senseless.
    """
    if dataset != "demo":
        raise InputError(
            f"{dataset} does not say when in a sample the action happens; the demo set does: "
            "bash run.sh paper3 demo --rows highlighting"
        )
    return {ref.video_id: _drawn(root, ref) for ref in refs}


def _drawn(root: Path, ref: VideoRef) -> tuple[int, int]:
    path = root / "ground_truth" / f"{ref.video_id}.npz"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            first, stop = (int(frame) for frame in arrays["interval"])
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"interval {path} cannot be read ({error}); draw the demo set again") from error
    if not 0 <= first < stop:
        raise InputError(f"interval {path} is {first} to {stop}; draw the demo set again")
    return first, stop

"""When the action happens in a video: read from what lies beside the drawn videos."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from repro.datasets import ground_truth
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
    return {ref.video_id: _rendered(root, ref) for ref in refs}


def _rendered(root: Path, ref: VideoRef) -> tuple[int, int]:
    interval = ground_truth.read(root, ref, "interval")
    if interval.shape != (2,) or interval.dtype.kind not in "iu" or not 0 <= interval[0] < interval[1]:
        path, text = ground_truth.path_of(root, ref), " to ".join(map(str, interval.ravel()[:3]))
        raise InputError(f"interval {path} is {text}; render the demo set again")
    return int(interval[0]), int(interval[1])

"""The corrected boxes of UCF101's 24 classes, `finalAnnots.mat`: an array of videos, each with tubes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.datasets import thumos13
from repro.datasets.faults import refuse
from repro.datasets.matlab5 import read_variable
from repro.types import InputError, Tube

LONGEST_FRAMES = 100_000
_NAME = re.compile(r"(?P<class>[A-Za-z0-9]+)/v_[A-Za-z0-9]+_g[0-9]{2}_c[0-9]{2}", re.ASCII)


def read(path: Path) -> dict[str, tuple[Tube, ...]]:
    """The tubes of every video by video_id; frames count from 0, boxes are left, top, right, bottom.

    The file counts frames from 1, both ends included, and stores x, y, width and height in the smallest
    integers that hold them, in which x + width wraps around; here they become float64 first. Classes are
    numbered from 1 in alphabetical order. With the 24 official classes the file must have as many videos and
    tubes as the owner's. Raises InputError naming the video for fields that contradict each other.
    """
    videos = read_variable(path, "annot")
    tubes: dict[str, tuple[Tube, ...]] = {}
    if not isinstance(videos, list) or not videos:
        raise InputError(f"{path}: annot is not an array of videos; this is another file")
    numbers = {name: number for number, name in enumerate(_classes(path, videos), 1)}
    for place, video in enumerate(videos, 1):
        name = video["name"]
        try:
            if name in tubes:
                raise ValueError("appears twice")
            tubes[name] = _tubes(video, numbers[name.split("/")[0]])
        except (KeyError, ValueError) as error:
            kind = "label" if "of class" in str(error) else "annotation"
            refuse(kind, f"{path}: annot({place}) {name}: {_reason(error)}; get the file again")
    wanted = thumos13.expected()["corrected_annotation"]
    counts = {"videos": len(tubes), "tubes": sum(map(len, tubes.values()))}
    if list(numbers) == thumos13.expected()["classes"] and counts != wanted:
        refuse(
            "count",
            f"{path}: {counts['videos']} videos with {counts['tubes']} tubes, wanted {wanted['videos']} with "
            f"{wanted['tubes']}; get the file again",
        )
    return tubes


def _classes(path: Path, videos: list[dict[str, Any]]) -> list[str]:
    """The classes of the file in alphabetical order, after a look at every name."""
    for place, video in enumerate(videos, 1):
        name = video.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InputError(
                f"{path}: annot({place}): {str(name)[:100]!r} is not of the form '<Class>/<clip>'"
            )
    return sorted({video["name"].split("/")[0] for video in videos})


def _tubes(video: dict[str, Any], label: int) -> tuple[Tube, ...]:
    frames, tubes = _whole(video, "num_imgs"), video["tubes"]
    if not isinstance(tubes, list) or not tubes:
        raise ValueError("it has no tubes")
    for fields in tubes:
        if (number := _whole(fields, "class")) != label:
            raise ValueError(f"a tube of class {number} in a video of class {label}")
    return tuple(_tube(fields, frames) for fields in tubes)


def _tube(fields: dict[str, Any], frames: int) -> Tube:
    first, last = _whole(fields, "sf"), _whole(fields, "ef")
    if not 1 <= first <= last <= min(frames, LONGEST_FRAMES):
        raise ValueError(f"a tube from frame {first} to {last} of {frames}")
    stored = fields["boxes"]
    if not isinstance(stored, np.ndarray) or stored.shape != (last - first + 1, 4):
        raise ValueError(
            f"a tube from frame {first} to {last} with boxes {getattr(stored, 'shape', stored)!r}"
        )
    return Tube(np.arange(first - 1, last), corners(stored))


def corners(stored: NDArray[Any]) -> NDArray[np.float64]:
    """left, top, width, height of any type [T, 4] as left, top, right, bottom; ValueError for no boxes."""
    left, top, width, height = stored.astype(np.float64).T  # in uint8, 200 + 100 would be 44
    boxes = np.stack([left, top, left + width, top + height], axis=1)
    if not np.isfinite(boxes).all() or (boxes[:, :2] < 0).any() or (boxes[:, 2:] <= boxes[:, :2]).any():
        raise ValueError("a box without area, or that begins outside the frame")
    return boxes


def _whole(fields: dict[str, Any], name: str) -> int:
    value = fields[name]
    if not isinstance(value, np.ndarray) or value.size != 1 or not float(value.item()).is_integer():
        raise ValueError(f"{name} is {value!r:.60}, no whole number")
    return int(value.item())


def _reason(error: Exception) -> str:
    return f"it has no field {error}" if isinstance(error, KeyError) else str(error).replace("\n", " ")

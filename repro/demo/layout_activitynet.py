"""The demo set as ActivityNet is laid out: longer videos of several actions, annotated in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from repro import atomic
from repro.demo.actions import CLASSES
from repro.demo.layouts import ClipName, write_avi, write_truth
from repro.demo.renderer import FPS, RenderedClip
from repro.demo.scenes import HEIGHT_PX, WIDTH_PX

CLIPS_PER_VIDEO = 3
IDLE_FRAMES = 10  # before each action its first frame held, after the last one its last frame
TESTED_UNTIL, WITHHELD_FROM = 7, 25  # groups 1 to 7 validate, and one is the testing part without labels
# Where the classes stand in the taxonomy: under a kind of action, and that under the root.
KINDS = {
    "Athletics": ("HighJump", "LongJump", "Run"),
    "Playing with a ball or a stick": ("GolfSwing", "KickBall", "SwingBat", "ThrowBall"),
    "Moving on the spot": ("Boxing", "JumpingJack", "SitDown", "StandUp", "Wave"),
}


class ActivityNet:
    """`videos/v_<id>.avi` and `activity_net.v1-demo.min.json`; ours, `ground_truth/<id>/<n>.npz`.

    The twelve clips of one number in one group, shuffled, make four videos: no video shows a class twice. Its
    unit is called (place, group, number), the place counting from 1 to 4.
    """

    name = "activitynet"

    def units(self, clips: Sequence[ClipName]) -> list[ClipName]:
        """Four videos for each number of a group."""
        numbers = sorted({(clip.group, clip.clip) for clip in clips})
        places = range(1, len(CLASSES) // CLIPS_PER_VIDEO + 1)
        return [ClipName(str(place), *number) for number in numbers for place in places]

    def clips_of(self, unit: ClipName) -> tuple[ClipName, ...]:
        """Its clips in the order in which they are played."""
        order = np.random.default_rng([unit.group, unit.clip]).permutation(len(CLASSES))
        first = (int(unit.label) - 1) * CLIPS_PER_VIDEO
        labels = order[first : first + CLIPS_PER_VIDEO]
        return tuple(ClipName(CLASSES[label], unit.group, unit.clip) for label in labels)

    def files(self, folder: Path, unit: ClipName) -> tuple[Path, ...]:
        """The truth of each action, counted within it, and the video."""
        name = youtube_id(unit)
        numbers = range(1, CLIPS_PER_VIDEO + 1)
        truths = [folder / "ground_truth" / name / f"{number}.npz" for number in numbers]
        return (*truths, folder / "videos" / f"v_{name}.avi")

    def write_clip(self, folder: Path, unit: ClipName, *rendered: RenderedClip) -> None:
        """One video of its clips, idle frames around them."""
        *truths, video = self.files(folder, unit)
        frames = []
        for truth, clip in zip(truths, rendered, strict=True):
            write_truth(truth, clip)
            frames += [clip.frames[:1]] * IDLE_FRAMES + [clip.frames]
        write_avi(video, np.concatenate([*frames, *[rendered[-1].frames[-1:]] * IDLE_FRAMES]))

    def write_lists(self, folder: Path, clips: Sequence[ClipName]) -> None:
        """Nothing: the annotation needs the lengths of the clips."""

    def finish(self, folder: Path, units: Sequence[ClipName]) -> None:
        """The annotation of all videos."""
        content = {
            "version": "VERSION demo",
            "taxonomy": _taxonomy(),
            "database": {youtube_id(unit): self._entry(folder, unit) for unit in units},
        }
        atomic.write_json(folder / "activity_net.v1-demo.min.json", content)

    def _entry(self, folder: Path, unit: ClipName) -> dict[str, Any]:
        *truths, _ = self.files(folder, unit)
        annotations, at = [], 0
        for clip, truth in zip(self.clips_of(unit), truths, strict=True):
            with np.load(truth, allow_pickle=False) as arrays:
                start, at = at + IDLE_FRAMES, at + IDLE_FRAMES + len(arrays["boxes"])
            annotations.append({"label": clip.label, "segment": [start / FPS, at / FPS]})
        subset = _subset(unit.group)
        return {
            "annotations": [] if subset == "testing" else annotations,
            "duration": (at + IDLE_FRAMES) / FPS,
            "resolution": f"{WIDTH_PX}x{HEIGHT_PX}",
            "subset": subset,
            "url": "",
        }


def youtube_id(unit: ClipName) -> str:
    """Eleven characters; some begin as options of commands do, as the owner's may."""
    return f"{'-_Dd'[int(unit.label) - 1]}emo{unit.group:02d}c{unit.clip:02d}p{unit.label}"


def _subset(group: int) -> str:
    if group >= WITHHELD_FROM:
        return "testing"
    return "validation" if group <= TESTED_UNTIL else "training"


def _taxonomy() -> list[dict[str, Any]]:
    """The root, the kinds and the classes, numbered in this order."""
    kind_of = {label: kind for kind, labels in KINDS.items() for label in labels}
    above: dict[str, str | None] = {"Root": None, **dict.fromkeys(KINDS, "Root"), **kind_of}
    numbers = {name: number for number, name in enumerate(above)}
    return [
        {
            "nodeId": numbers[name],
            "nodeName": name,
            "parentId": None if parent is None else numbers[parent],
            "parentName": parent,
        }
        for name, parent in above.items()
    ]

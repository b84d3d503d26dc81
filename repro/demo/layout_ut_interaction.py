"""The demo set as UT-Interaction is laid out, in both of its forms: long videos in two sets with one sheet of
annotations, and one video for each action, cropped round who acts.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from repro import atomic
from repro.demo.layouts import ClipByClip, ClipName, write_avi
from repro.demo.renderer import RenderedClip

SEQUENCES = 20
MARGIN_PX = 4
IDLE_FRAMES = 10  # between two actions: the next clip's first frame, held
# Six of the twelve classes: three that begin alike (the run-up), and three that begin unlike any other.
CLASSES = ("HighJump", "KickBall", "LongJump", "Run", "SitDown", "Wave")
HEADER = (
    "",
    "sequence #",
    "Activity Class ID",
    "Starting Frame #",
    "Ending Frame #",
    "Main actor (left=0, right=1)",
    "X-Cord",
    "Y-Cord",
)


class UtInteraction:
    """`ut-interaction_set1/seq1.avi` ... `ut-interaction_set2/seq20.avi`, the sheet as CSV, `classes.csv`.

    Sequence n shows every clip that group n has of the six classes, in drawn order. Its unit is called
    ("", n, 1). `parts/seqN.json`, ours, keeps where each action lies until the sheet is written.
    """

    name = "ut_interaction"

    def __init__(self) -> None:
        self._clips: dict[int, list[ClipName]] = {}

    def units(self, clips: Sequence[ClipName]) -> list[ClipName]:
        """One per sequence."""
        self._clips = {}
        for clip in clips:
            if clip.label in CLASSES and clip.group <= SEQUENCES:
                self._clips.setdefault(clip.group, []).append(clip)
        return [ClipName("", sequence, 1) for sequence in sorted(self._clips)]

    def clips_of(self, unit: ClipName) -> tuple[ClipName, ...]:
        """The sequence's clips, in an order of its own."""
        clips = self._clips[unit.group]
        order = np.random.default_rng(unit.group).permutation(len(clips))
        return tuple(clips[place] for place in order)

    def files(self, folder: Path, unit: ClipName) -> tuple[Path, ...]:
        """The note of where each action lies, and the video."""
        video = folder / f"ut-interaction_set{_set_of(unit.group)}" / f"seq{unit.group}.avi"
        return folder / "parts" / f"seq{unit.group}.json", video

    def write_clip(self, folder: Path, unit: ClipName, *rendered: RenderedClip) -> None:
        """One video of all clips, each after some idle frames."""
        note, video = self.files(folder, unit)
        parts, frames, at = [], [], 0
        for name, clip in zip(self.clips_of(unit), rendered, strict=True):
            frames += [clip.frames[:1]] * IDLE_FRAMES + [clip.frames]
            start = at + IDLE_FRAMES
            at = start + len(clip.frames)
            # As the owner's sheet counts: from 1, both ends included.
            parts.append({"class": CLASSES.index(name.label), "start": start + 1, "end": at})
        write_avi(video, np.concatenate(frames))
        atomic.write_json(note, parts)

    def write_lists(self, folder: Path, clips: Sequence[ClipName]) -> None:
        """The names of the classes; the owner's six are not these."""
        _write_classes(folder)

    def finish(self, folder: Path, units: Sequence[ClipName]) -> None:
        """The sheet: a title, an empty first column, the samples, and one interaction that is no sample."""
        text = io.StringIO()
        sheet = csv.writer(text)
        sheet.writerow(["Demo set in the layout of UT-Interaction"])
        sheet.writerow(HEADER)
        for unit in units:
            note, _ = self.files(folder, unit)
            for part in json.loads(note.read_text()):
                sheet.writerow(["", unit.group, part["class"], part["start"], part["end"], 0, 80, 60])
        sheet.writerow(["", "others:"])
        sheet.writerow(["", units[0].group, 0, 1, IDLE_FRAMES, -1, 80, 60])
        atomic.write_text(folder / "ut-interaction_labels_110912.csv", text.getvalue())


class UtInteractionSegmented(ClipByClip):
    """`ut-interaction_segmented_set1/<sample>_<sequence>_<class>.avi` and so on, `classes.csv`.

    Samples count from 0 in each set, sequence by sequence; sequence n is group n. The frames of a clip are
    cut to the rectangle that holds the actor in all of them, with a margin: every clip has its own size.
    """

    name = "ut_interaction_segmented"

    def __init__(self) -> None:
        self._samples: dict[ClipName, int] = {}

    def units(self, clips: Sequence[ClipName]) -> list[ClipName]:
        """The clips of the six classes in the first 20 groups, by group."""
        ours = [clip for clip in clips if clip.label in CLASSES and clip.group <= SEQUENCES]
        ours.sort(key=lambda clip: (clip.group, clip.clip, clip.label))
        before: Counter[int] = Counter()
        for clip in ours:
            number = _set_of(clip.group)
            self._samples[clip] = before[number]
            before[number] += 1
        return ours

    def files(self, folder: Path, clip: ClipName) -> tuple[Path, ...]:
        """Its video."""
        name = f"{self._samples[clip]}_{clip.group}_{CLASSES.index(clip.label)}.avi"
        return (folder / f"ut-interaction_segmented_set{_set_of(clip.group)}" / name,)

    def write_clip(self, folder: Path, clip: ClipName, *rendered_clips: RenderedClip) -> None:
        (rendered,) = rendered_clips
        (video,) = self.files(folder, clip)
        rows, columns = _around(rendered)
        write_avi(video, rendered.frames[:, rows, columns])

    def write_lists(self, folder: Path, clips: Sequence[ClipName]) -> None:
        """The names of the classes; the owner's six are not these."""
        _write_classes(folder)


def _around(rendered: RenderedClip) -> tuple[slice, slice]:
    """Rows and columns of the actor in all frames and `MARGIN_PX` more, even in number for the codec."""
    left, top = (rendered.boxes_px[:, :2].min(axis=0) - MARGIN_PX).clip(0).astype(int)
    right, bottom = (rendered.boxes_px[:, :2] + rendered.boxes_px[:, 2:]).max(axis=0).astype(int) + MARGIN_PX
    height, width = rendered.frames.shape[1:3]
    bottom, right = min(bottom, height), min(right, width)
    return slice(top, bottom - (bottom - top) % 2), slice(left, right - (right - left) % 2)


def _set_of(sequence: int) -> int:
    return 1 if sequence <= SEQUENCES // 2 else 2


def _write_classes(folder: Path) -> None:
    atomic.write_text(folder / "classes.csv", "".join(f"{name}\n" for name in CLASSES))

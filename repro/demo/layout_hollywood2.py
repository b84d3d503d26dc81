"""The demo set as Hollywood2 is laid out: numbered clips, and a list for every class and part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from repro import atomic
from repro.demo.actions import CLASSES
from repro.demo.layouts import ClipName, write_avi
from repro.demo.renderer import RenderedClip

TESTED_UNTIL = 7  # groups 1 to 7
PAIRS = 2  # of the twelve clips that a group has of one number, these pairs share a video
AND = "+"


class Hollywood2:
    """`AVIClips/actionclip<part><NNNNN>.avi`, `ClipSets/<Class>_<part>.txt` and `ShotBounds/<clip>.sht`.

    Of the twelve clips of one number in one group four, drawn, are joined to two videos of two classes each.
    A unit is called after its classes: ("Run", 1, 1), ("Run+Wave", 1, 1).
    """

    name = "hollywood2"

    def __init__(self) -> None:
        self._stems: dict[ClipName, str] = {}

    def units(self, clips: Sequence[ClipName]) -> list[ClipName]:
        """The videos, by group and number, those of two classes first."""
        units = [
            ClipName(label, *number)
            for number in sorted({(clip.group, clip.clip) for clip in clips})
            for label in _labels(*number)
        ]
        self._stems = {}
        for subset in ("train", "test"):
            of_subset = [unit for unit in units if _subset(unit) == subset]
            self._stems |= {
                unit: f"actionclip{subset}{number:05d}" for number, unit in enumerate(of_subset, 1)
            }
        return units

    def clips_of(self, unit: ClipName) -> tuple[ClipName, ...]:
        """One clip for each class that its name tells."""
        return tuple(unit._replace(label=label) for label in unit.label.split(AND))

    def files(self, folder: Path, unit: ClipName) -> tuple[Path, ...]:
        """Where its shots begin, and the video."""
        stem = self._stems[unit]
        return folder / "ShotBounds" / f"{stem}.sht", folder / "AVIClips" / f"{stem}.avi"

    def write_clip(self, folder: Path, unit: ClipName, *rendered: RenderedClip) -> None:
        """One video of its clips, one after the other."""
        shots, video = self.files(folder, unit)
        starts = np.cumsum([len(clip.frames) for clip in rendered[:-1]]).tolist()
        atomic.write_text(shots, "".join(f"{start} " for start in starts))
        write_avi(video, np.concatenate([clip.frames for clip in rendered]))

    def write_lists(self, folder: Path, clips: Sequence[ClipName]) -> None:
        """Every list names all clips of its part, with two blanks before the flag as the owner's have."""
        for subset in ("train", "test"):
            units = [unit for unit in self._stems if _subset(unit) == subset]
            for label in CLASSES:
                flags = [1 if label in unit.label.split(AND) else -1 for unit in units]
                _write_list(folder, f"{label}_{subset}", [self._stems[unit] for unit in units], flags)
            _write_list(folder, f"actions_{subset}", [self._stems[unit] for unit in units], [1] * len(units))

    def finish(self, folder: Path, units: Sequence[ClipName]) -> None:
        """Nothing is left to do."""


def _labels(group: int, clip: int) -> list[str]:
    """The names of the videos of one number in a group."""
    order = np.random.default_rng([group, clip]).permutation(len(CLASSES))
    shuffled = [CLASSES[label] for label in order]
    joined = [AND.join(shuffled[2 * pair : 2 * pair + 2]) for pair in range(PAIRS)]
    return [*joined, *shuffled[2 * PAIRS :]]


def _subset(unit: ClipName) -> str:
    return "test" if unit.group <= TESTED_UNTIL else "train"


def _write_list(folder: Path, name: str, stems: Sequence[str], flags: Sequence[int]) -> None:
    lines = [f"{stem}  {flag}\n" for stem, flag in zip(stems, flags, strict=True)]
    atomic.write_text(folder / "ClipSets" / f"{name}.txt", "".join(lines))

"""Where each file of the demo set lies, as the owners of UCF101 and JHMDB-21 lay theirs out.

The clip names and the group rule are UCF101's in both: split s tests the groups 7(s-1)+1 to 7s of 25.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from scipy.io import savemat

from repro import atomic
from repro.demo.actions import CLASSES
from repro.demo.renderer import FPS, RenderedClip
from repro.demo.scenes import HEIGHT_PX, WIDTH_PX
from repro.types import Frames
from repro.video.encode import write_video

GROUPS, TESTED_GROUPS = 25, 7
SPLITS = (1, 2, 3)
LONGEST_JHMDB_FRAMES = 40


class ClipName(NamedTuple):
    """One clip of the set; sorts as the lists do within a class."""

    label: str
    group: int
    clip: int

    @property
    def stem(self) -> str:
        return f"v_{self.label}_g{self.group:02d}_c{self.clip:02d}"

    def in_test(self, split: int) -> bool:
        return (self.group - 1) // TESTED_GROUPS == split - 1


class Layout(Protocol):
    """How one data set's folder is filled."""

    name: str

    def units(self, clips: Sequence[ClipName]) -> list[ClipName]:
        """What is written piece by piece: the clips, or longer videos that hold several of them."""

    def clips_of(self, unit: ClipName) -> tuple[ClipName, ...]:
        """The clips to draw for a unit."""

    def files(self, folder: Path, clip: ClipName) -> tuple[Path, ...]:
        """All files of a unit; it is complete when every one exists."""

    def write_clip(self, folder: Path, clip: ClipName, *rendered: RenderedClip) -> None:
        """Write them, each atomically."""

    def write_lists(self, folder: Path, clips: Sequence[ClipName]) -> None:
        """Write class index and splits for `clips`, which come class by class."""

    def finish(self, folder: Path, units: Sequence[ClipName]) -> None:
        """Write what needs all units to be there."""


class ClipByClip:
    """A layout with one video per clip."""

    def units(self, clips: Sequence[ClipName]) -> list[ClipName]:
        """The clips themselves."""
        return list(clips)

    def clips_of(self, unit: ClipName) -> tuple[ClipName, ...]:
        """Itself."""
        return (unit,)

    def finish(self, folder: Path, units: Sequence[ClipName]) -> None:
        """Nothing is left to do."""


class Ucf101(ClipByClip):
    """`UCF-101/<Class>/<clip>.avi`, `ucfTrainTestlist/` and, ours, `ground_truth/<Class>/<clip>.npz`."""

    name = "ucf101"

    def files(self, folder: Path, clip: ClipName) -> tuple[Path, ...]:
        return (
            folder / "ground_truth" / clip.label / f"{clip.stem}.npz",
            folder / "UCF-101" / clip.label / f"{clip.stem}.avi",
        )

    def write_clip(self, folder: Path, clip: ClipName, *rendered_clips: RenderedClip) -> None:
        (rendered,) = rendered_clips
        truth, video = self.files(folder, clip)[:2]
        write_truth(truth, rendered)
        write_avi(video, rendered.frames)

    def write_lists(self, folder: Path, clips: Sequence[ClipName]) -> None:
        lists = folder / "ucfTrainTestlist"
        index = {name: number for number, name in enumerate(CLASSES, 1)}
        _write_crlf(lists / "classInd.txt", [f"{number} {name}" for name, number in index.items()])
        for split in SPLITS:
            train = [c for c in clips if not c.in_test(split)]
            test = [c for c in clips if c.in_test(split)]
            lines = [f"{c.label}/{c.stem}.avi {index[c.label]}" for c in train]
            _write_crlf(lists / f"trainlist{split:02d}.txt", lines)
            _write_crlf(lists / f"testlist{split:02d}.txt", [f"{c.label}/{c.stem}.avi" for c in test])


class Jhmdb21(ClipByClip):
    """`JHMDB_video/ReCompress_Videos/`, `joint_positions/`, `puppet_mask/` and `splits/`.

    A clip is cut to its first 40 frames, the longest that JHMDB has. Pixels count from 0.
    """

    name = "jhmdb21"

    def files(self, folder: Path, clip: ClipName) -> tuple[Path, ...]:
        inside = Path(clip.label) / clip.stem
        return (
            folder / "joint_positions" / inside / "joint_positions.mat",
            folder / "puppet_mask" / inside / "puppet_mask.mat",
            folder / "JHMDB_video" / "ReCompress_Videos" / clip.label / f"{clip.stem}.avi",
        )

    def write_clip(self, folder: Path, clip: ClipName, *rendered_clips: RenderedClip) -> None:
        (rendered,) = rendered_clips
        joints, mask, video = self.files(folder, clip)
        frames = rendered.frames[:LONGEST_JHMDB_FRAMES]
        place = rendered.joints_px[:, :, : len(frames)].astype(np.float64)
        scale = rendered.height_px / HEIGHT_PX
        centred = (place - np.array([WIDTH_PX / 2, HEIGHT_PX / 2])[:, None, None]) / HEIGHT_PX
        values = {
            "pos_img": place,
            "pos_world": centred / scale,
            "scale": np.full((1, len(frames)), scale),
            "viewpoint": rendered.viewpoint,
        }
        _write_mat(joints, values)
        _write_mat(mask, {"part_mask": rendered.mask[:, :, : len(frames)]})
        write_avi(video, frames)

    def write_lists(self, folder: Path, clips: Sequence[ClipName]) -> None:
        for split in SPLITS:
            for label in CLASSES:
                flags = [f"{c.stem}.avi {2 if c.in_test(split) else 1}\n" for c in clips if c.label == label]
                path = folder / "splits" / f"{label}_test_split{split}.txt"
                atomic.write_text(path, "".join(flags))


def write_avi(path: Path, frames: Frames) -> None:
    write_video(path, frames, FPS, "xvid")


def write_truth(path: Path, rendered: RenderedClip) -> None:
    """The annotation of a drawn clip, its frames counted from its first."""
    arrays = {
        "boxes": rendered.boxes_px,
        "joints": rendered.joints_px,
        "mask": rendered.mask,
        "interval": np.array([rendered.action.start_frames, rendered.action.stop_frames]),
        "scene": np.array(rendered.scene),
    }
    buffer = io.BytesIO()
    # A mask is mostly zeros: compressed it takes a hundredth of its 0.8 MB.
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    atomic.write_bytes(path, buffer.getvalue())


def _write_crlf(path: Path, lines: Sequence[str]) -> None:
    """UCF101's own lists end their lines as Windows does."""
    atomic.write_text(path, "".join(f"{line}\r\n" for line in lines))


def _write_mat(path: Path, values: dict[str, object]) -> None:
    buffer = io.BytesIO()
    savemat(buffer, values, do_compression=True)
    atomic.write_bytes(path, buffer.getvalue())

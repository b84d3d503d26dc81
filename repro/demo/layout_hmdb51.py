"""The demo set as the owners of HMDB51 lay theirs out, odd names included."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from repro import atomic
from repro.demo.actions import CLASSES
from repro.demo.layouts import SPLITS, ClipByClip, ClipName, write_avi
from repro.demo.renderer import RenderedClip

UNUSED_FROM = 22  # groups that no split tests: here of neither part, as a quarter of HMDB51's clips


class Hmdb51(ClipByClip):
    """`hmdb51_org/<class>/<clip>.avi` and `testTrainMulti_7030_splits/<class>_test_split<S>.txt`.

    A clip is named `<source>_<class>_f_cm_np1_ri_goo_<k>`; the letters after the class are the same for all.
    """

    name = "hmdb51"

    def files(self, folder: Path, clip: ClipName) -> tuple[Path, ...]:
        return (folder / "hmdb51_org" / clip.label / f"{stem(clip)}.avi",)

    def write_clip(self, folder: Path, clip: ClipName, *rendered_clips: RenderedClip) -> None:
        (rendered,) = rendered_clips
        (video,) = self.files(folder, clip)
        write_avi(video, rendered.frames)

    def write_lists(self, folder: Path, clips: Sequence[ClipName]) -> None:
        for split in SPLITS:
            for label in CLASSES:
                lines = [f"{stem(clip)}.avi {_flag(clip, split)} \n" for clip in clips if clip.label == label]
                path = folder / "testTrainMulti_7030_splits" / f"{label}_test_split{split}.txt"
                atomic.write_text(path, "".join(lines))


def stem(clip: ClipName) -> str:
    """With every odd character that the owner's names have, to rehearse them."""
    return f"Demo[g{clip.group:02d}]_(#&;!+~@)_{clip.label}_f_cm_np1_ri_goo_{clip.clip}"


def _flag(clip: ClipName, split: int) -> int:
    """2 test, 1 train, 0 neither."""
    if clip.in_test(split):
        return 2
    return 0 if clip.group >= UNUSED_FROM else 1

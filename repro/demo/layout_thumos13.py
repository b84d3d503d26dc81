"""The demo set as UCF101's 24 classes come: UCF101's layout with the corrected and the original boxes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import savemat

from repro import atomic
from repro.demo.actions import CLASSES
from repro.demo.layouts import ClipName, Ucf101
from repro.demo.renderer import RenderedClip

ORIGINAL = Path("UCF101_24Action_Detection_Annotations") / "UCF101_24_Annotations"
_XGTF = """<?xml version="1.0" encoding="UTF-8"?>
<viper xmlns="http://lamp.cfar.umd.edu/viper#" xmlns:data="http://lamp.cfar.umd.edu/viperdata#">
  <data>
    <sourcefile filename="">
    </sourcefile>
    <sourcefile filename="{name}.avi">
      <file id="0" name="Information">
        <attribute name="NUMFRAMES"><data:dvalue value="{frames}"/></attribute>
      </file>
      <object framespan="1:{frames}" id="0" name="PERSON">
        <attribute name="Location">
{boxes}
        </attribute>
      </object>
    </sourcefile>
  </data>
</viper>
"""
_BBOX = '          <data:bbox framespan="{t}:{t}" height="{h}" width="{w}" x="{x}" y="{y}"/>'


class Thumos13(Ucf101):
    """UCF101's folders and lists, one `.xgtf` a clip, and `finalAnnots.mat` once all clips are there."""

    name = "thumos13"

    def files(self, folder: Path, clip: ClipName) -> tuple[Path, ...]:
        return (*super().files(folder, clip), folder / ORIGINAL / clip.label / f"{clip.stem}.xgtf")

    def write_clip(self, folder: Path, clip: ClipName, *rendered_clips: RenderedClip) -> None:
        (rendered,) = rendered_clips
        *_, annotation = self.files(folder, clip)
        boxes = rendered.boxes_px.astype(int).tolist()  # whole pixels already
        lines = [_BBOX.format(t=t, x=x, y=y, w=w, h=h) for t, (x, y, w, h) in enumerate(boxes, 1)]
        atomic.write_text(annotation, _XGTF.format(name=clip.stem, frames=len(boxes), boxes="\n".join(lines)))
        super().write_clip(folder, clip, rendered)

    def finish(self, folder: Path, units: Sequence[ClipName]) -> None:
        """The corrected annotation, from the ground truth of all clips."""
        boxes = {}
        for clip in units:
            with np.load(super().files(folder, clip)[0], allow_pickle=False) as arrays:
                boxes[clip] = arrays["boxes"]
        atomic.write_bytes(folder / "finalAnnots.mat", annotation(boxes))


def annotation(boxes: dict[ClipName, NDArray[np.float32]]) -> bytes:
    """`finalAnnots.mat` of clips with one actor each, visible in every frame.

    boxes: [T, 4] left, top, width, height. Frames count from 1, both ends included, classes from 1 in
    alphabetical order. As in the owner's file every number has the smallest unsigned type that holds it, so
    in a reader that adds in that type left + width may wrap around.
    """
    annot = np.empty((1, len(boxes)), [(field, object) for field in ("num_imgs", "name", "tubes")])
    for place, (clip, rendered) in enumerate(boxes.items()):
        tubes = np.empty((1, 1), [(field, object) for field in ("ef", "sf", "class", "boxes")])
        last, label = _smallest(len(rendered)), _smallest(sorted(CLASSES).index(clip.label) + 1)
        tubes[0, 0] = (last, _smallest(1), label, _smallest(rendered))
        annot[0, place] = (last, f"{clip.label}/{clip.stem}", tubes)
    buffer = io.BytesIO()
    savemat(buffer, {"annot": annot}, do_compression=True)
    return buffer.getvalue()


def _smallest(numbers: int | NDArray[np.float32]) -> NDArray[np.unsignedinteger]:
    values = np.asarray(numbers)
    return values.astype(np.min_scalar_type(int(values.max())))

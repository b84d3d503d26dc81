"""Where the actors of a video are: boxes read from what lies beside the videos of a data set."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from repro.datasets import corrected_boxes, ground_truth, puppet_boxes, viper
from repro.datasets.faults import refuse
from repro.datasets.listing import ANNOTATIONS, in_or_beside, is_file, is_folder, visible
from repro.types import InputError, Tube, VideoRef

ANNOTATED = ("demo", "ucf101", "thumos13", "jhmdb21")
CORRECTED = "finalAnnots.mat"
ORIGINAL = "UCF101_24_Annotations"
_PLACES = ("", ANNOTATIONS, "corrected-UCF101-Annots", "UCF101_24Action_Detection_Annotations")


class Actor(NamedTuple):
    """An annotated person. label: the class that the video acts."""

    label: int
    tube: Tube


Actors = dict[str, tuple[Actor, ...]]  # by video_id


def boxes_of(dataset: str, root: Path, refs: Iterable[VideoRef], annotation: Path | None = None) -> Actors:
    """The actors of those videos that are annotated, by video_id. Boxes: float64 [n, 4], as `Tube` has them.

    demo: the boxes drawn along. jhmdb21: as `puppet_boxes.read` has them. ucf101 and thumos13: `annotation`,
    else what `find_annotation` finds. Videos without annotation are not in the result; `unannotated` names
    them. Raises InputError for a data set without boxes, where there is no annotation, and for a malformed
    one.
    """
    refs = tuple(refs)
    if dataset not in ANNOTATED:
        raise InputError(f"{dataset} has no boxes; data sets with boxes: {', '.join(ANNOTATED)}")
    if dataset == "demo":
        return {ref.video_id: (Actor(ref.label, _rendered(root, ref)),) for ref in refs}
    if dataset == "jhmdb21":
        labels = {ref.video_id: ref.label for ref in refs}
        tubes_of = puppet_boxes.read(root, refs)
        return {video_id: (Actor(labels[video_id], tube),) for video_id, tube in tubes_of.items()}
    path = find_annotation(root, annotation)
    if is_file(path):
        tubes = corrected_boxes.read(path)
    else:
        files = _original_files(path)
        tubes = {}
        for ref in refs:
            if ref.video_id.casefold() in files:
                try:
                    tubes[ref.video_id] = viper.read(files[ref.video_id.casefold()])
                except InputError as error:
                    refuse("annotation", str(error))
    return {
        ref.video_id: tuple(Actor(ref.label, tube) for tube in tubes[ref.video_id])
        for ref in refs
        if ref.video_id in tubes
    }


def unannotated(refs: Iterable[VideoRef], actors: Actors) -> tuple[str, ...]:
    """The video_ids of those videos that have no boxes; the corrected annotation lacks 13 of 3207."""
    return tuple(ref.video_id for ref in refs if ref.video_id not in actors)


def find_annotation(root: Path, given: Path | None = None) -> Path:
    """The corrected annotation (a file), or else the original one (a folder), in `root` or beside it.

    given: either of them, or a folder that holds one. InputError says where they should be.
    """
    if given is not None and (is_file(given) or given.name == ORIGINAL):
        return given
    bases = [given] if given is not None else in_or_beside(root)
    places = [base / sub for base in bases for sub in _PLACES]
    for name in (CORRECTED, ORIGINAL):
        for place in places:
            if is_file(place / name) or is_folder(place / name):
                return place / name
    raise InputError(
        f"no boxes in {' or '.join(map(str, bases))}: neither {CORRECTED} nor the folder {ORIGINAL}; put one "
        "there: the first is from https://github.com/gurkirt/corrected-UCF101-Annots"
    )


def _original_files(folder: Path) -> dict[str, Path]:
    """By casefolded video_id: one of the owner's files is spelled with a capital C."""
    files: dict[str, Path] = {}
    for sub in visible(folder, files=False):
        for path in visible(sub, files=True):
            if path.suffix == ".xgtf":
                name = f"{sub.name}/{path.stem}".casefold()
                if name in files:
                    refuse("duplicate", f"{path} and {files[name]} are of the same video; remove one")
                files[name] = path
    return files


def _rendered(root: Path, ref: VideoRef) -> Tube:
    try:
        boxes = corrected_boxes.corners(ground_truth.read(root, ref, "boxes"))
    except InputError:
        raise
    except (TypeError, ValueError) as error:
        path = ground_truth.path_of(root, ref)
        raise InputError(f"boxes {path} cannot be read ({error}); render the demo set again") from error
    return Tube(np.arange(len(boxes)), boxes)

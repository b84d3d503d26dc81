"""Everything that the lists and the folder of a data set tell about its faults, without opening a video."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from repro.datasets import own, registry
from repro.datasets.boxes import boxes_of, find_annotation, unannotated
from repro.datasets.faults import Collection, Fault, collecting, note, refuse
from repro.datasets.listing import videos_below
from repro.datasets.totals import Count, compare
from repro.types import InputError, Split, VideoRef


@dataclass(frozen=True)
class Findings:
    """splits: those that could be assembled. counts: by split, beside the published numbers.

    refs: the videos to decode, each once: those that are listed, and where a list was lost all that lie
    there, under their paths and with label -1. remarks: lines about boxes. faults: in the order of reading.
    """

    splits: tuple[Split, ...]
    counts: Mapping[str, tuple[Count, ...]]
    refs: tuple[VideoRef, ...]
    remarks: tuple[str, ...]
    faults: tuple[Fault, ...]


def examine(dataset: str, root: Path, lists: Path | None = None, *, allow_partial: bool = False) -> Findings:
    """Read all splits and collect what is wrong with them.

    allow_partial: files that are missing or not listed, other numbers than the published ones and, where one
    split at least is there, splits that are not, are named and tolerated. Raises InputError only for an
    unknown data set and where there are no videos at all.
    """
    registry.check_there(dataset, root)
    with collecting() as collection:
        splits, lost = _read_splits(dataset, root, lists, allow_partial, collection)
        refs = tuple({ref.video_id: ref for s in splits for ref in (*s.train, *s.test)}.values())
        counts = {split.name: tuple(compare(dataset, split)) for split in splits}
        for name, compared in counts.items():
            for count in compared:
                if count.counted != count.published:
                    text = f"split {name}: {count.what}: {count.counted}, published are {count.published}"
                    (note if allow_partial else refuse)("count", text)
        for split in splits:
            _name_leaks(dataset, split)
        remarks = _read_boxes(root, refs) if dataset == "thumos13" and refs else ()
        remarks = remarks or (registry.remarks(dataset, root) if splits else ())
        if lost and not allow_partial:
            refs = (*refs, *_others(dataset, root, refs))
    return Findings(splits, counts, refs, remarks, tuple(collection.faults))


def _read_splits(
    dataset: str, root: Path, lists: Path | None, allow_partial: bool, collection: Collection
) -> tuple[tuple[Split, ...], bool]:
    """The splits that can be assembled, and whether a list or a whole split was lost."""
    splits: list[Split] = []
    failed: list[str] = []
    lost = False
    for name in registry.splits_of(dataset):
        collection.unread = False  # the lists of each split are its own
        try:
            splits.append(registry.load_split(dataset, root, name, lists, allow_partial=allow_partial))
        except InputError as error:
            lost = True
            if not collection.unread:  # else the list that was lost is named, and this follows from it
                failed.append(str(error))
        lost = lost or collection.unread
    for text in failed:
        (note if allow_partial and splits else refuse)("list", text)
    return tuple(splits), lost


def _name_leaks(dataset: str, split: Split) -> None:
    """Source groups on both sides."""
    groups = {ref.group for ref in split.train} & {ref.group for ref in split.test}
    if dataset != "hmdb51" and not dataset.startswith(own.PREFIX):  # their adapters have named them
        for group in sorted(groups):
            refuse("leak", f"split {split.name} trains and tests on clips of {group}")


def _read_boxes(root: Path, refs: tuple[VideoRef, ...]) -> tuple[str, ...]:
    """Which annotation is read, and the videos that it lacks: no score counts them."""
    try:
        actors = boxes_of("thumos13", root, refs)
        count = sum(map(len, actors.values()))
        line = f"boxes of {count} actors in {len(actors)} videos: {find_annotation(root)}"
        return line, *(f"without boxes: {video_id}" for video_id in unannotated(refs, actors))
    except InputError as error:
        refuse("annotation", str(error))
        return ()


def _others(dataset: str, root: Path, refs: tuple[VideoRef, ...]) -> list[VideoRef]:
    """The videos that are in no split, under their paths: which of them should be is not known."""
    known = {ref.path for ref in refs}
    there = own.videos_of(root) if dataset.startswith(own.PREFIX) else videos_below(root)
    return [VideoRef(os.path.relpath(path, root), path, -1, "") for path in there if path not in known]

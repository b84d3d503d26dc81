"""Listed clips and found files to a `Split`; the one place that deals with missing and unlisted clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from repro.types import InputError, Segment, Split, TimeSpan, VideoRef

SPLITS = ("1", "2", "3")
ONLY_SPLIT = ("1",)  # of data sets that have one division
VIDEO_SUFFIXES = (".avi", ".mp4", ".mkv", ".webm")
SHOWN = 3


class Listed(NamedTuple):
    """A clip that a split names: `Class/clip` without suffix, its class, source group and part of a file.

    others: further classes of the clip, where it may have several.
    """

    video_id: str
    class_name: str
    group: str
    segment: Segment | None = None
    others: tuple[str, ...] = ()
    span: TimeSpan | None = None


class Found(NamedTuple):
    """Video files below `root`: by video_id, and those whose names say nothing."""

    root: Path
    clips: Mapping[str, Path]
    strange: Sequence[Path]


def check_split(dataset: str, split: str, splits: Sequence[str] = SPLITS) -> None:
    """InputError unless the split exists."""
    if split not in splits:
        raise InputError(f"{dataset} has no split {split!r}; there are: {', '.join(splits)}")


def visible(folder: Path, *, files: bool) -> list[Path]:
    """Files or folders in a folder, sorted by name, without hidden ones; nothing if it is not a folder."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if not p.name.startswith(".") and p.is_file() == files)


def assemble(
    dataset: str,
    split: str,
    classes: Sequence[str],
    train: Sequence[Listed],
    test: Sequence[Listed],
    found: Found,
    allow_partial: bool,
) -> Split:
    """A split whose clips are all on disk.

    classes: in label order. With `allow_partial`, listed clips that are missing and files that no list names
    are left out, and classes without a clip lose their label; otherwise either raises InputError, as do a
    clip in both parts and a part without clips.
    """
    listed = {clip.video_id for clip in (*train, *test)}
    if both := {clip.video_id for clip in train} & {clip.video_id for clip in test}:
        raise InputError(
            f"{dataset} split {split}: {_some(sorted(both))} in the training and in the test list"
        )
    missing = sorted(listed - set(found.clips))
    unlisted = sorted(set(found.clips) - listed) + sorted(map(str, found.strange))
    if not allow_partial:
        for what, names in (("are missing from", missing), ("are not listed but lie in", unlisted)):
            if names:
                raise InputError(
                    f"{dataset} split {split}: {len(names)} clips {what} {found.root}: {_some(names)}; "
                    f"complete the folder, or use the listed clips that are there with --partial"
                )
    present = {
        name
        for clip in (*train, *test)
        if clip.video_id in found.clips
        for name in (clip.class_name, *clip.others)
    }
    kept = tuple(name for name in classes if name in present)
    labels = {name: label for label, name in enumerate(kept)}
    parts = [
        tuple(
            VideoRef(
                clip.video_id,
                found.clips[clip.video_id],
                labels[clip.class_name],
                clip.group,
                clip.segment,
                tuple(labels[name] for name in clip.others),
                clip.span,
            )
            for clip in part
            if clip.video_id in found.clips
        )
        for part in (train, test)
    ]
    for part, name in zip(parts, ("training", "test"), strict=True):
        if not part:
            raise InputError(f"{dataset} split {split}: no {name} clip in {found.root}")
    return Split(dataset, split, kept, parts[0], parts[1])


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")

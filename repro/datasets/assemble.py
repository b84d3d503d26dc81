"""Listed clips and on_disk files to a `Split`; the one place that deals with missing and unlisted clips."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from repro.datasets.faults import note, now_collecting, refuse
from repro.types import InputError, Segment, Split, TimeSpan, VideoRef

SPLITS = ("1", "2", "3")
ONLY_SPLIT = ("1",)  # of data sets that have one division
EXAMPLES = 3


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


class OnDisk(NamedTuple):
    """Video files below `root`: by video_id, and those whose names say nothing."""

    root: Path
    clips: Mapping[str, Path]
    strange: Sequence[Path]

    @classmethod
    def of(cls, root: Path, named: Iterable[tuple[str | None, Path]], what: str = "clip") -> OnDisk:
        """Of files with their video_ids, None for one whose name says nothing; two of one id are refused."""
        clips: dict[str, Path] = {}
        strange: list[Path] = []
        for name, path in named:
            if name is None:
                strange.append(path)
            elif name in clips:
                refuse("duplicate", f"{path} and {clips[name]} are the same {what}; remove one")
            else:
                clips[name] = path
        return cls(root, clips, strange)


def check_split(dataset: str, split: str, splits: Sequence[str] = SPLITS) -> None:
    """InputError unless the split exists."""
    if split not in splits:
        raise InputError(f"{dataset} has no split {split!r}; there are: {', '.join(splits)}")


def assemble(
    dataset: str,
    split: str,
    classes: Sequence[str],
    train: Sequence[Listed],
    test: Sequence[Listed],
    on_disk: OnDisk,
    allow_partial: bool,
) -> Split:
    """A split whose clips are all on disk.

    classes: in label order. With `allow_partial`, listed clips that are missing and files that no list names
    are left out, and classes without a clip lose their label; otherwise either raises InputError, as do a
    clip in both parts and a part without clips.
    """
    _judge(f"{dataset} split {split}", train, test, on_disk, allow_partial)
    present = {
        name
        for clip in (*train, *test)
        if clip.video_id in on_disk.clips
        for name in (clip.class_name, *clip.others)
    }
    kept = tuple(name for name in classes if name in present)
    labels = {name: label for label, name in enumerate(kept)}
    subsets = [
        tuple(_ref(clip, on_disk, labels) for clip in subset if clip.video_id in on_disk.clips)
        for subset in (train, test)
    ]
    for subset, name in zip(subsets, ("training", "test"), strict=True):
        if not subset:
            raise InputError(f"{dataset} split {split}: no {name} clip in {on_disk.root}")
    return Split(dataset, split, kept, subsets[0], subsets[1])


def _judge(
    what: str, train: Sequence[Listed], test: Sequence[Listed], on_disk: OnDisk, allow_partial: bool
) -> None:
    """Refuse clips in both parts, listed clips that are missing, files that are not listed."""
    sides = {clip.video_id for clip in train}, {clip.video_id for clip in test}
    refuse_each(
        "leak",
        sorted(sides[0] & sides[1]),
        lambda names: (
            f"{what}: {names} in the training and in the test list for {on_disk.root}; leave them in one"
        ),
    )
    listed = sides[0] | sides[1]
    missing = sorted(listed - set(on_disk.clips))
    unlisted = sorted(set(on_disk.clips) - listed) + sorted(map(str, on_disk.strange))
    if collection := now_collecting():
        say = note if allow_partial else refuse
        for name in missing:
            say("missing", f"{name} is listed, but not in {on_disk.root}")
        for name in () if collection.unread else unlisted:
            say("extra", f"{name} lies in {on_disk.root}, but is not listed")
    elif not allow_partial and (missing or unlisted):
        there = f"of {len(listed)} listed clips {len(listed) - len(missing)} are there"
        both = (("are missing from", missing), ("are not listed but lie in", unlisted))
        faults = [
            f"{len(names)} clips {fault} {on_disk.root}: {some(names)}" for fault, names in both if names
        ]
        raise InputError(
            f"{what}: {'; '.join(faults)}; {there}; complete the folder, or use the listed clips that are "
            "there with --partial"
        )


def _ref(clip: Listed, on_disk: OnDisk, labels: Mapping[str, int]) -> VideoRef:
    return VideoRef(
        clip.video_id,
        on_disk.clips[clip.video_id],
        labels[clip.class_name],
        clip.group,
        clip.segment,
        tuple(labels[name] for name in clip.others),
        clip.span,
    )


def refuse_each(kind: str, names: Sequence[str], text: Callable[[str], str]) -> None:
    """`refuse` each of them where faults are collected, else all in one line that shows the first few."""
    for one in names if now_collecting() else [some(names)] * bool(names):
        refuse(kind, text(one))


def some(names: Sequence[str]) -> str:
    """The first few of them, for an error of one line."""
    return ", ".join(names[:EXAMPLES]) + (", ..." if len(names) > EXAMPLES else "")

"""ActivityNet, trimmed: one sample an annotated action of a YouTube video, cut out by seconds.

A sample is called `<YouTube id>/<n>`: the n-th annotation of the video in the order of the file, from 1.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import NamedTuple

from repro.datasets.activitynet_annotation import (
    SUBSETS,
    TRAINING,
    VALIDATION,
    YOUTUBE_ID,
    Annotation,
    Instance,
    read,
)
from repro.datasets.assemble import (
    ONLY_SPLIT,
    Listed,
    OnDisk,
    assemble,
    check_split,
    refuse_each,
)
from repro.datasets.faults import refuse
from repro.datasets.listing import ANNOTATIONS, in_or_beside, is_file, videos_below, visible
from repro.datasets.parsing import published
from repro.types import InputError, Split

OFFICIAL_NAME = "activity_net."


class Coverage(NamedTuple):
    """How much of a subset is on disk: samples that are not empty, and those whose video is there."""

    subset: str
    annotated: int
    there: int


# The number of classes, and of videos per subset, of the releases that can be had, by version.
expected = partial(published, "activitynet")


def load(root: Path, split: str, lists: Path | None = None, *, allow_partial: bool = False) -> Split:
    """Split "1": trains on the training videos, tests on the validation videos, as paper 3 does (4).

    root: holds the videos, itself or in folders below, as `v_<id>` or `<id>` with one of `VIDEO_SUFFIXES`.
    lists: the annotation file or its folder; without it, see `find_annotation`. Labels follow the sorted
    leaves of its taxonomy. A sample's `span` is its segment in seconds, its group the YouTube id; testing
    videos, whose labels are withheld, are passed over. Raises InputError for anything missing, unlisted or
    malformed, and without `allow_partial` for empty segments and for other numbers than the owner's release
    has.
    """
    check_split("activitynet", split, ONLY_SPLIT)
    file = find_annotation(root, lists)
    annotation = read(file)
    if not allow_partial:
        _check_release(annotation, file)
        _refuse_empty(annotation, file)
    subsets = {subset: _listed(annotation, subset) for subset in SUBSETS}
    on_disk = _find(root, annotation)
    return assemble(
        "activitynet",
        split,
        annotation.classes,
        subsets[TRAINING],
        subsets[VALIDATION],
        on_disk,
        allow_partial,
    )


def coverage(root: Path, lists: Path | None = None) -> tuple[Coverage, Coverage]:
    """What is there of the training and of the validation samples: many videos are gone from their host."""
    annotation = read(find_annotation(root, lists))
    clips = _find(root, annotation).clips
    training, validation = (
        Coverage(subset, len(listed), sum(clip.video_id in clips for clip in listed))
        for subset in (TRAINING, VALIDATION)
        for listed in [_listed(annotation, subset)]
    )
    return training, validation


def find_annotation(root: Path, given: Path | None = None) -> Path:
    """The one file `activity_net.*.json`, or else the one other JSON file with a database.

    It lies in `root` or beside it, itself or in `annotations`, or `given` is that file or its folder.
    InputError for none, and for several in one place.
    """
    if given is not None and is_file(given):
        return given
    bases = [given] if given is not None else in_or_beside(root)
    places = bases if given is not None else [p for base in bases for p in (base, base / ANNOTATIONS)]
    for place in places:
        files = [path for path in visible(place, files=True) if path.suffix == ".json"]
        official = [path for path in files if path.name.startswith(OFFICIAL_NAME)]
        candidates = official or [path for path in files if _has_database(path)]
        if len(candidates) > 1:
            raise InputError(
                f"{candidates[0]} and {candidates[1].name}: name the one that counts with --lists"
            )
        if candidates:
            return candidates[0]
    raise InputError(
        f"no annotation file {OFFICIAL_NAME}v1-3.min.json in {' or '.join(map(str, bases))}; "
        "put the owner's there, or name it with --lists"
    )


def _has_database(path: Path) -> bool:
    """Whether it says so; `read` tells whether it is one."""
    try:
        return b'"database"' in path.read_bytes()
    except OSError:
        return False


def _check_release(annotation: Annotation, file: Path) -> None:
    """The numbers of a release that is known; others are taken as they are."""
    wanted = expected()["releases"].get(annotation.version)
    if wanted is None:
        return
    counted = Counter(video.subset for video in annotation.videos.values())
    numbers = {"classes": len(annotation.classes), "videos": counted.total(), **counted}
    for what, number in wanted.items():
        if numbers.get(what, 0) != number:
            refuse(
                "count",
                f"{file} says {annotation.version!r} and has {numbers.get(what, 0)} {what}, the owner's "
                f"{number}; get it again, or take what is there with --partial",
            )


def _refuse_empty(annotation: Annotation, file: Path) -> None:
    empty = [
        f"{youtube_id}/{number}"
        for youtube_id, video in annotation.videos.items()
        for number, instance in enumerate(video.instances, 1)
        if instance.class_name and instance.span is None
    ]
    refuse_each(
        "line",
        empty,
        lambda names: f"{file}: of {len(empty)} empty segments, which end where they start: {names}; leave "
        "them out with --partial",
    )


def _listed(annotation: Annotation, subset: str) -> list[Listed]:
    """The samples of a subset in the order of the file, empty ones left out."""
    return [
        _sample(youtube_id, number, instance)
        for youtube_id, video in annotation.videos.items()
        if video.subset == subset
        for number, instance in enumerate(video.instances, 1)
        if instance.span is not None
    ]


def _sample(youtube_id: str, number: int, instance: Instance) -> Listed:
    return Listed(f"{youtube_id}/{number}", instance.class_name, youtube_id, span=instance.span)


def _find(root: Path, annotation: Annotation) -> OnDisk:
    """The video of every sample. Videos that the annotation does not know stand under their own names."""
    on_disk = OnDisk.of(root, ((_youtube_id(path.stem), path) for path in videos_below(root)), "video")
    clips: dict[str, Path] = {}
    for name, path in on_disk.clips.items():
        if name not in annotation.videos:
            clips[name] = path
            continue
        for number, instance in enumerate(annotation.videos[name].instances, 1):
            if instance.span is not None:
                clips[f"{name}/{number}"] = path
    return on_disk._replace(clips=clips)


def _youtube_id(stem: str) -> str | None:
    name = stem.removeprefix("v_") if len(stem) > 11 else stem  # an id may itself begin with "v_"
    return name if YOUTUBE_ID.fullmatch(name) else None

"""`data DATASET make | verify | list`."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from repro import datasets
from repro.paths import default_places
from repro.types import InputError, Split, VideoRef
from repro.video.index import VideoIndex, count_frames


def run_data(options: argparse.Namespace) -> int:
    """Dispatch to the action."""
    return {"make": _make, "verify": _verify, "list": _list}[options.action](options)


def data_folder(dataset: str, given: Path | None) -> Path:
    """`--data` if given, else the default folder; the demo set is drawn there when it is missing."""
    folder = given or default_places().data / dataset
    if dataset == "demo" and given is None:
        from repro.demo.make import make

        make(folder)
    return folder


def load_split(options: argparse.Namespace, split: str) -> Split:
    """The split that the command names, from the folder it names."""
    folder = data_folder(options.dataset, options.data)
    return datasets.load_split(
        options.dataset, folder, split, lists=options.lists, allow_partial=options.partial
    )


def _make(options: argparse.Namespace) -> int:
    from repro.demo import make as demo

    if options.dataset != "demo":
        raise InputError(f"{options.dataset} is not drawn here: {datasets.how_to_get(options.dataset)}")
    folder = options.data or default_places().data / (
        "demo" if options.layout == "ucf101" else f"demo-{options.layout}"
    )
    draw = {"ucf101": demo.make, "jhmdb21": demo.make_jhmdb21}[options.layout]
    draw(folder, clips_per_group=options.clips_per_group, groups=options.groups)
    print(f"the demo data set in {options.layout} layout: {folder}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    """Decode every listed video once; exit 1 when one is broken."""
    split = load_split(options, "1")
    refs = (*split.train, *split.test)
    index = index_of(options.dataset, refs, None)
    print(f"{options.dataset}: {len(refs)} videos, {sum(index.frames.values())} frames decoded")
    for video_id, reason in index.broken.items():
        print(f"broken: {video_id}: {reason}")
    return 1 if index.broken else 0


def index_of(dataset: str, refs: tuple[VideoRef, ...], out: Path | None) -> VideoIndex:
    """Decoded frame counts of all videos; counted once and kept in the cache."""
    return count_frames(refs, default_places(out).cache / f"frames-{dataset}.json")


def _list(options: argparse.Namespace) -> int:
    for number in ("1", "2", "3"):
        split = load_split(options, number)
        train, test = (Counter(ref.label for ref in refs) for refs in (split.train, split.test))
        print(f"{options.dataset} split {number}: {len(split.train)} train, {len(split.test)} test")
        for label, name in enumerate(split.classes):
            print(f"  {label:3d} {name:<24} {train[label]:5d} {test[label]:5d}")
    return 0

"""`data DATASET make | list`, and what the other commands read data sets with."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from repro import datasets
from repro.cli.arguments import DATASETS as NAMED
from repro.cli.registry import PAPERS
from repro.datasets.listing import check_folder
from repro.paths import default_places
from repro.types import InputError, Split, VideoRef
from repro.video.index import VideoIndex, count_frames


def run_data(options: argparse.Namespace) -> int:
    """Dispatch to the action."""
    from repro.cli.download import run_download
    from repro.cli.verify import run_verify

    name_own_data(options)
    return {"make": _make, "verify": run_verify, "list": _list, "download": run_download}[options.action](
        options
    )


def data_folder(dataset: str, given: Path | None) -> Path:
    """`--data` if given, else the default folder; the demo set is drawn there when it is missing.

    InputError where `--data` names no folder.
    """
    folder = given or default_places().data / dataset
    if given is not None and dataset in NAMED:  # what one's own data is called is looked at when it is named
        check_folder(given, "--data")
    if dataset == "demo" and given is None:
        from repro.demo.make import make

        make(folder)
    return folder


def name_own_data(options: argparse.Namespace) -> None:
    """Where a folder or a CSV stands in place of a data set: its path becomes `--data`, its name is made."""
    if options.dataset in NAMED:
        return
    place = Path(options.dataset)
    if options.data is not None:
        raise InputError(f"{place} is itself the data; leave out --data {options.data}")
    if getattr(options, "action", "") in ("make", "download"):
        raise InputError(f"{place} is data of your own; only verify and list are for it")
    options.data, options.dataset = place, datasets.own_name(place)


def load_split(options: argparse.Namespace, split: str) -> Split:
    """The split that the command names, from the folder it names."""
    folder = data_folder(options.dataset, options.data)
    return datasets.load_split(
        options.dataset, folder, split, lists=options.lists, allow_partial=options.partial
    )


def _make(options: argparse.Namespace) -> int:
    from repro.demo.make import make

    if options.dataset != "demo":
        raise InputError(f"{options.dataset} is not drawn here: {datasets.how_to_get(options.dataset)}")
    name = "demo" if options.layout == "ucf101" else f"demo-{options.layout}"
    folder = options.data or default_places().data / name
    make(folder, options.layout, clips_per_group=options.clips_per_group, groups=options.groups)
    print(f"the demo data set in {options.layout} layout: {folder}")
    if options.layout != "ucf101":
        paper = max(number for number, paper in PAPERS.items() if options.layout in paper.datasets)
        command = f"paper{paper} {options.layout} --preset demo --data {folder}"
        print(f"use it as that data set: bash run.sh {command}")
    return 0


def say_coverage(options: argparse.Namespace) -> None:
    """How many of the annotated samples are there: many videos are gone from their host."""
    for subset, annotated, there in datasets.coverage(
        data_folder(options.dataset, options.data), options.lists
    ):
        print(f"{subset}: the videos of {there} of {annotated} annotated samples are there")


def _every_split(options: argparse.Namespace) -> list[Split]:
    """All splits. With `--partial` those that cannot be had are named and left out, if any is left."""
    splits, names = [], datasets.splits_of(options.dataset)
    for name in names:
        try:
            splits.append(load_split(options, name))
        except InputError as error:
            if not options.partial or (name == names[-1] and not splits):
                raise
            print(f"left out: {error}")
    return splits


def cut(refs: Sequence[VideoRef]) -> str:
    """Says so when the samples are parts of longer files."""
    files = {ref.path for ref in refs if ref.segment or ref.span}
    return f" (cut from {len(files)} by their annotations)" if files else ""


def index_of(dataset: str, refs: tuple[VideoRef, ...], out: Path | None) -> VideoIndex:
    """Decoded frame counts of all videos; counted once and kept in the cache."""
    return count_frames(refs, default_places(out).cache / f"frames-{dataset}.json")


def _list(options: argparse.Namespace) -> int:
    """Every split with its classes; of many folds one line each, with the test videos per class.

    A video that has several classes counts in each.
    """
    splits = _every_split(options)
    folds = len(datasets.splits_of(options.dataset)) > 3
    for split in splits:
        train, test = (
            Counter(label for ref in refs for label in (ref.label, *ref.others))
            for refs in (split.train, split.test)
        )
        counted = f"{len(split.train)} train, {len(split.test)} test{cut((*split.train, *split.test))}"
        if folds:
            per_class = ", ".join(f"{name} {test[label]}" for label, name in enumerate(split.classes))
            print(f"{options.dataset} split {split.name:>2}: {counted}: {per_class}")
            continue
        print(f"{options.dataset} split {split.name}: {counted}")
        for label, name in enumerate(split.classes):
            print(f"  {label:3d} {name:<24} {train[label]:5d} {test[label]:5d}")
    for line in datasets.remarks(options.dataset, data_folder(options.dataset, options.data)):
        print(line)
    if options.dataset == "activitynet":
        say_coverage(options)
    return 0

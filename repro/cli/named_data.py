"""The data set that a command names: its folder, its splits, its frames, what is there of it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from repro import datasets
from repro.cli.arguments import DATASETS as NAMED
from repro.datasets.listing import check_folder
from repro.paths import default_paths
from repro.types import InputError, Split, VideoRef
from repro.video.index import VideoIndex, count_frames


def data_folder(dataset: str, given: Path | None) -> Path:
    """`--data` if given, else the default folder; the demo set is drawn there when it is missing.

    InputError where `--data` names no folder.
    """
    folder = given or default_paths().data / dataset
    if given is not None and dataset in NAMED:  # what one's own data is called is read when it is named
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


def say_coverage(options: argparse.Namespace, margin: str = "") -> None:
    """How many of the annotated samples are there: many videos are gone from their host.

    Says nothing of a data set that has no such annotation.
    """
    if options.dataset == "activitynet":
        folder = data_folder(options.dataset, options.data)
        for subset, annotated, there in datasets.coverage(folder, options.lists):
            print(f"{margin}{subset}: the videos of {there} of {annotated} annotated samples are there")


def cut(refs: Sequence[VideoRef]) -> str:
    """Says so when the samples are parts of longer files."""
    files = {ref.path for ref in refs if ref.segment or ref.span}
    return f" (cut from {len(files)} by their annotations)" if files else ""


def index_of(dataset: str, refs: tuple[VideoRef, ...], out: Path | None) -> VideoIndex:
    """Decoded frame counts of all videos; counted once and kept in the cache."""
    return count_frames(refs, default_paths(out).cache / f"frames-{dataset}.json")

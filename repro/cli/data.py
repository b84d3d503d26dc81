"""`data DATASET make | verify | list | download`, and `data demo properties`."""

from __future__ import annotations

import argparse
from collections import Counter

from repro import datasets
from repro.cli.called import as_called
from repro.cli.download import run_download
from repro.cli.named_data import cut, data_folder, load_split, name_own_data, say_coverage
from repro.cli.verify import run_verify
from repro.papers import PAPERS
from repro.paths import converted_weights, default_paths, weights_folder
from repro.types import InputError, Split


def run_data(options: argparse.Namespace) -> int:
    """Dispatch to the action."""
    name_own_data(options)
    actions = {
        "make": _make,
        "verify": run_verify,
        "list": _list,
        "download": run_download,
        "properties": _properties,
    }
    return actions[options.action](options)


def _make(options: argparse.Namespace) -> int:
    from repro.demo.make import make

    if options.dataset != "demo":
        raise InputError(f"{options.dataset} is not drawn here: {datasets.how_to_get(options.dataset)}")
    name = "demo" if options.layout == "ucf101" else f"demo-{options.layout}"
    folder = options.data or default_paths().data / name
    make(folder, options.layout, clips_per_group=options.clips_per_group, groups=options.groups)
    print(f"the demo data set in {options.layout} layout: {folder}")
    if options.layout != "ucf101":
        dataset = options.layout.removesuffix("_segmented")  # a release of the same data set
        own = {number: paper for number, paper in PAPERS.items() if dataset in paper.datasets}
        paper = max(own, key=lambda number: (own[number].prints_on(dataset), number))
        command = f"paper{paper} {dataset} --preset demo --data {folder}"
        print(as_called(f"use it as that data set: bash run.sh {command}"))
    return 0


def _properties(options: argparse.Namespace) -> int:
    """The table of what the demo set is designed by; fails where one is not met."""
    from repro.demo import properties

    if options.dataset != "demo":
        raise InputError(f"{options.dataset} is not drawn here; the properties are those of the demo set")
    demo = properties.opened(data_folder("demo", options.data), options.split)
    network = converted_weights(weights_folder()) / "efficientnet_lite0.npz"
    if not network.is_file():
        print(as_called("without the probes; for them: bash run.sh weights fetch efficientnet_lite0"))
    measured = list(properties.measure(demo, network if network.is_file() else None))
    print(properties.as_markdown(measured))
    return 0 if all(one.met for one in measured) else 1


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
    say_coverage(options)
    return 0

"""`publish RUN ...`: what runs found becomes what the project says."""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

from repro.experiment.results import gather, load, published_folder
from repro.paths import default_places, shown
from repro.types import InputError


def run_publish(options: argparse.Namespace) -> None:
    """Add the rows of some runs to `results/`, where `rows` and `report` read them.

    The same split and seed again replaces what an earlier run said.
    """
    results = default_places(options.out).results
    found: dict[Path, list[Path]] = defaultdict(list)
    for run in options.runs:
        files = sorted((run / "results").glob("*.json"))
        if not files:
            raise InputError(f"{run} holds no results; name run folders that were evaluated")
        for path in files:
            content = load(path)
            if names := sorted({name for entry in content["runs"] for name in entry.get("changed", ())}):
                raise InputError(
                    f"{run} has another recipe (--set {', '.join(names)}); publish runs of the recipe itself"
                )
            place = content["paper"], content["run_on"], content["preset"]
            found[published_folder(results, *place)].append(path)
    for folder, files in found.items():
        rows = gather(files, folder)
        print(f"{len(rows)} rows in {shown(folder)}")
    print("bash run.sh report writes them into the tables")

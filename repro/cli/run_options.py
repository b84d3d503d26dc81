"""One run of a paper as a command asks for it, and where it lies."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NamedTuple

from repro import atomic
from repro.cli.asked import Chosen
from repro.cli.changed import as_typed
from repro.experiment import stage_times
from repro.experiment.paper import Paper
from repro.paths import Paths
from repro.training.settings import digest
from repro.training.worker_list import WorkerList


class RunOptions(NamedTuple):
    """One run that a command asks for: a paper's recipe on one split with one seed."""

    options: argparse.Namespace
    paper: Paper
    paths: Paths
    chosen: Chosen
    split: str
    seed: int
    cluster: Any = None  # a `Cluster`, where flow and features are made on one
    workers: WorkerList | None = None  # where several processes train

    @property
    def chief(self) -> bool:
        """Whether this process prints and writes: alone, or as the first worker."""
        return self.workers is None or self.workers.task == 0

    @property
    def folder(self) -> Path:
        """Everything that this run makes and shares with no other."""
        return self.folder_of(run_name(self.split, self.chosen.preset, self.seed))

    @property
    def times(self) -> Path:
        """What the stages of such a run took, on any split with any seed, on as many cores."""
        rows, on = digest({"rows": list(self.options.rows)})[:8], stage_times.cores().replace(" ", "-")
        name = f"{self.paper.name}-{self.options.dataset}-{self.chosen.preset}-{rows}-{on}"
        return self.paths.cache / "times" / _named(name, self.chosen, ".json")

    def folder_of(self, what: str) -> Path:
        """A folder for some runs of these options."""
        return self.paths.runs / self.paper.name / _named(f"{self.options.dataset}-{what}", self.chosen)

    def heading(self, what: str = "") -> str:
        """What was run, for tables and figures."""
        recipe = _preset_in_words(self.chosen)
        of = f"paper {self.paper.number} on {self.options.dataset}"
        return f"{of}, {recipe}, {what}" if what else f"{of}, split {self.split}, {recipe}"


def run_name(split: str, preset: str, seed: int) -> str:
    """What a run's folder is called, behind its data set and before what a user changed of the recipe."""
    return f"split{split}-{preset}-seed{seed}"


def _named(name: str, chosen: Chosen, ending: str = "") -> str:
    """A name with what was changed of the recipe: no run of it mixes with those of another."""
    return atomic.fitting("-".join([name, *as_typed(chosen.changed)]).replace("/", "_"), ending) + ending


def _preset_in_words(chosen: Chosen) -> str:
    return ", ".join([f"{chosen.preset} preset", *chosen.recipe.instead, *as_typed(chosen.changed)])

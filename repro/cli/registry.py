"""The papers by number, as the command line knows them before anything heavy is imported."""

from __future__ import annotations

from collections.abc import Mapping

from repro import paper1, paper2, paper3, paper4, paper5
from repro.experiment.paper import Paper
from repro.types import InputError

PAPERS: Mapping[int, Paper] = {
    module.PAPER.number: module.PAPER for module in (paper1, paper2, paper3, paper4, paper5)
}


def paper_named(name: str) -> Paper:
    """`paper2` -> the paper; InputError for a name that is none."""
    found = next((paper for paper in PAPERS.values() if paper.name == name), None)
    if found is None:
        names = ", ".join(paper.name for paper in PAPERS.values())
        raise InputError(f"no paper {name!r}; there are: {names}")
    return found

"""What is published of a paper, as a whole: the verdicts on its claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from repro.experiment.paper import Paper
from repro.experiment.results import load
from repro.experiment.verdicts import Contents, Verdict, verdicts

VerdictsOf: TypeAlias = Mapping[str, Sequence[Verdict]]  # by a paper's name


def verdicts_of(papers: Iterable[Paper], results: Path) -> VerdictsOf:
    """The verdicts of several papers: to be worked out once and handed to all that show them."""
    return {paper.name: published_verdicts(paper, results) for paper in papers}


def published_verdicts(paper: Paper, results: Path) -> list[Verdict]:
    """The verdicts of all that lies in a folder of results; none of it there leaves all untested."""
    folders: dict[tuple[str, str], Contents] = {}
    for folder in sorted({path.parent for path in (results / paper.name).glob("*/*.json")}):
        contents = [load(path) for path in sorted(folder.glob("*.json"))]
        key = contents[0]["run_on"], contents[0]["preset"]
        folders[key] = {content["id"]: content for content in contents}
    return verdicts(paper.claims, paper.reported, paper.dataset_names, folders)

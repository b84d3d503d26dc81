"""The parts of a paper's README that are made from the recipe and from result files, between markers.

<!-- made: recipe -->  ...  <!-- end -->
<!-- made: results demo-demo -->  ...  <!-- end -->
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from repro.atomic import write_text
from repro.cli.recipe import PLACES
from repro.experiment.paper import Paper
from repro.experiment.tables import folder_markdown
from repro.papers import PAPERS
from repro.provenance import as_markdown

_BLOCK = re.compile(r"<!-- made: (?P<what>[^>]+?) -->\n.*?<!-- end -->", re.S)


def path_of(paper: Paper) -> Path:
    """The paper's README."""
    return paper.folder / "README.md"


def refresh(results: Path) -> list[Path]:
    """Make every block of every paper's README again; returns the files that changed."""
    changed = []
    for paper in PAPERS.values():
        path = path_of(paper)
        before = path.read_text()
        after = filled(paper, before, results)
        if after != before:
            write_text(path, after)
            changed.append(path)
    return changed


def filled(paper: Paper, text: str, results: Path) -> str:
    """A README's text with its blocks made from the recipe and from the files in `results`."""

    def block(match: re.Match[str]) -> str:
        what, *which = match["what"].split()
        made = _MAKERS[what](paper, results, *which)
        return f"<!-- made: {match['what']} -->\n{made}\n<!-- end -->"

    return _BLOCK.sub(block, text)


def _recipe(paper: Paper, results: Path) -> str:
    smaller = ", ".join(f"`{name}` {value}" for name, value in paper.presets["demo"].items())
    text = f"{as_markdown(paper.Recipe())}\n\n{PLACES}\n\nThe `demo` preset changes sizes: {smaller}."
    if "quick" not in paper.presets:
        return text
    before = paper.presets["demo"]
    fewer = {name: value for name, value in paper.presets["quick"].items() if value != before.get(name)}
    return f"{text} `quick` changes of these: {', '.join(f'`{name}` {fewer[name]}' for name in fewer)}."


def _results(paper: Paper, results: Path, which: str) -> str:
    folder = results / paper.name / which
    if not any(folder.glob("*.json")):
        return "Not run yet."
    return folder_markdown(paper, folder).split("\n\n", 1)[1]  # without its heading


_MAKERS: dict[str, Callable[..., str]] = {"recipe": _recipe, "results": _results}

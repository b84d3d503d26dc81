"""The parts of READMEs that are made from recipes and result files, between markers.

<!-- made: recipe -->  ...  <!-- end -->                 of a paper
<!-- made: results demo-demo -->  ...  <!-- end -->      of a paper
<!-- made: numbers -->  ...  <!-- end -->                of the project
<!-- made: page -->  ...  <!-- end -->                   of results/README.md
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from repro.atomic import write_text
from repro.cli.recipe import PLACES
from repro.experiment.paper import Paper
from repro.experiment.published import VerdictsOf
from repro.experiment.results_page import headline_numbers, results_page
from repro.experiment.tables import folder_markdown
from repro.papers import PAPERS
from repro.paths import PROJECT
from repro.provenance import as_markdown

_BLOCK = re.compile(r"<!-- made: (?P<what>[^>]+?) -->\n.*?<!-- end -->", re.S)


def path_of(paper: Paper) -> Path:
    """The paper's README."""
    return paper.folder / "README.md"


def refresh(results: Path, verdicts: VerdictsOf) -> list[Path]:
    """Make every block of the project's README and the papers' again; returns the files that changed.

    verdicts: of all papers, on what lies in `results`.
    """
    texts = {path_of(paper): partial(filled, paper) for paper in PAPERS.values()}
    changed = []
    makers: dict[Path, Callable[[str, Path, VerdictsOf], str]] = {
        PROJECT / "README.md": with_numbers,
        PROJECT / "results" / "README.md": with_page,
        **texts,
    }
    for path, make in makers.items():
        before = path.read_text()
        after = make(before, results, verdicts)
        if after != before:
            write_text(path, after)
            changed.append(path)
    return changed


def with_numbers(text: str, results: Path, verdicts: VerdictsOf) -> str:
    """The text of the project's README with the headline numbers."""
    table = headline_numbers(tuple(PAPERS.values()), results)
    return _BLOCK.sub(lambda match: f"<!-- made: numbers -->\n{table}\n<!-- end -->", text)


def with_page(text: str, results: Path, verdicts: VerdictsOf) -> str:
    """The text of results/README.md with its tables of all papers."""
    tables = results_page(tuple(PAPERS.values()), verdicts, results)
    return _BLOCK.sub(lambda match: f"<!-- made: page -->\n{tables}\n<!-- end -->", text)


def filled(paper: Paper, text: str, results: Path, verdicts: VerdictsOf) -> str:
    """A README's text with its blocks made from the recipe and from the files in `results`."""

    def block(match: re.Match[str]) -> str:
        what, *which = match["what"].split()
        made = _MAKERS[what](paper, results, verdicts, *which)
        return f"<!-- made: {match['what']} -->\n{made}\n<!-- end -->"

    return _BLOCK.sub(block, text)


def _recipe(paper: Paper, results: Path, verdicts: VerdictsOf) -> str:
    smaller = ", ".join(f"`{name}` {value}" for name, value in paper.presets["demo"].items())
    text = f"{as_markdown(paper.Recipe())}\n\n{PLACES}\n\nThe `demo` preset changes sizes: {smaller}."
    if "quick" not in paper.presets:
        return text
    before = paper.presets["demo"]
    fewer = {name: value for name, value in paper.presets["quick"].items() if value != before.get(name)}
    return f"{text} `quick` changes of these: {', '.join(f'`{name}` {fewer[name]}' for name in fewer)}."


def _results(paper: Paper, results: Path, verdicts: VerdictsOf, which: str) -> str:
    folder = results / paper.name / which
    if not any(folder.glob("*.json")):
        return "Not run yet."
    text = folder_markdown(paper, folder, verdicts[paper.name])
    return text.split("\n\n", 1)[1]  # without its heading


_MAKERS: dict[str, Callable[..., str]] = {"recipe": _recipe, "results": _results}

"""`claims [PAPER]`: every claim of the papers, and what the published results say of it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from repro.atomic import write_text
from repro.cli.called import as_called
from repro.experiment.claims_tables import as_json, on_terminal, page
from repro.experiment.published import VerdictsOf, verdicts_of
from repro.experiment.results import require_published
from repro.papers import PAPERS, paper_named
from repro.paths import default_paths


def run_claims(options: argparse.Namespace) -> None:
    """All claims of a paper, or of all, with their verdicts."""
    papers = [paper_named(options.paper_name)] if options.paper_name else list(PAPERS.values())
    results = default_paths(options.out).results
    if options.out is not None:
        require_published(results)
    of_paper = verdicts_of(papers, results)
    if options.json:
        print(json.dumps([entry for of in of_paper.values() for entry in as_json(of)], indent=1))
        return
    print("\n\n".join(on_terminal(paper, of_paper[paper.name]) for paper in papers))


def write_pages(results: Path, verdicts: VerdictsOf) -> list[Path]:
    """`results/paperN/CLAIMS.md` of those of the papers that have results there."""
    written = []
    for name, of_paper in verdicts.items():
        paper = paper_named(name)
        if any((results / paper.name).glob("*/*.json")):
            path = results / paper.name / "CLAIMS.md"
            write_text(path, as_called(page(paper, of_paper)))
            written.append(path)
    return written

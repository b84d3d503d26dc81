"""`rows`, `summary`, `publish` and `report`: what there is and what came out, without running anything."""

from __future__ import annotations

import argparse
import json
import shlex
from typing import Any

from repro.atomic import write_text
from repro.cli.asked import recipe_of
from repro.cli.called import as_called
from repro.experiment.listing import listed
from repro.experiment.results import publish, require_published
from repro.papers import PAPERS, paper_named
from repro.paths import PROJECT, default_paths, installed, short_path, terminal_width
from repro.report.tables import text_table

LINE_LENGTH = 110  # of a table of layers, however wide the terminal is


def run_rows(options: argparse.Namespace) -> None:
    """Every row that the papers print as their own: printed value, own value, state.

    With --all also what runs beside them (baselines, curves, other readings) and what they only quote.
    """
    rows = listed(PAPERS.values(), default_paths().results, everything=options.all)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    cells = [
        [
            str(r["paper"]),
            r["id"],
            r["dataset"] or "",
            _splits(r["splits"]),
            "" if r["printed"] is None else f"{r['printed']:g}",
            _own(r["own"]),
            r["state"],
        ]
        for r in rows
    ]
    print(text_table(("paper", "row", "data set", "split", "printed", "own", "state"), cells))


def _splits(names: list[str]) -> str:
    return ", ".join(names) if len(names) < 4 else f"{names[0]} to {names[-1]}"


def _own(own: dict[str, Any] | None) -> str:
    if own is None or isinstance(own["mean"], dict):
        return ""
    return f"{own['mean']:.1f}" + (f" ± {own['std']:.1f}" if own["std"] is not None else "")


def run_summary(options: argparse.Namespace) -> None:
    """Name, Keras summary and parameter count of every network."""
    paper = paper_named(options.paper_name)
    networks = paper.networks(recipe_of(paper, options.preset), options.classes or paper.classes)
    for name, network in networks.items():
        print(f"\n{name}")
        with terminal_width(LINE_LENGTH):  # else rich cuts the table that Keras draws to the terminal
            network.summary(line_length=LINE_LENGTH, print_fn=print)
        print(f"Total params: {network.count_params()}")


def run_publish(options: argparse.Namespace) -> None:
    """Add the rows of some runs to `results/`, where `rows` and `report` read them."""
    for folder, rows in publish(options.runs, default_paths(options.out).results).items():
        print(f"{len(rows)} results in {short_path(folder)}")
    elsewhere = f" --out {shlex.quote(short_path(options.out))}" if options.out else ""
    print(as_called(f"bash run.sh report{elsewhere} writes them into the tables"))


def run_report(options: argparse.Namespace) -> None:
    """Tables of every result folder: on the terminal, then in REPORT.md, CLAIMS.md and the READMEs."""
    from repro.cli.claims import write_pages
    from repro.cli.readmes import refresh
    from repro.experiment.published import verdicts_of
    from repro.experiment.tables import results_markdown

    results = default_paths(options.out).results
    require_published(results)
    verdicts = verdicts_of(PAPERS.values(), results)
    text = as_called(results_markdown(PAPERS.values(), results, verdicts))
    print(text, flush=True)  # first: who may only read the folder still sees what was computed
    write_text(results / "REPORT.md", text)
    for path in (results / "REPORT.md", *write_pages(results, verdicts)):
        print(f"wrote {short_path(path)}")
    if results == PROJECT / "results" and not installed():
        for path in refresh(results, verdicts):
            print(f"wrote {short_path(path)}")

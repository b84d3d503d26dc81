"""Table, figures and videos of a finished run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from repro.atomic import write_text
from repro.cli.called import as_called
from repro.experiment.paper import Paper
from repro.experiment.results import gather
from repro.experiment.tables import results_tables
from repro.paths import published_results, short_path
from repro.report.tables import text_table


def report_run(paper: Paper, pipeline: Any, heading: str, results: Sequence[Path], main: str) -> None:
    """Everything a run shows: `table.txt`, `figures/*.png` and videos, in the run folder.

    main: the model whose own figures are drawn.
    """
    folder = pipeline.experiment.folder.path
    _write_table(paper, heading, results, folder)
    for kind, path in paper.figures(pipeline, heading, main, results).make().items():
        plays = " (plays in a browser)" if path.suffix == ".webm" else ""
        print(f"      {kind:<9} {short_path(path)}{plays}")


def report_together(paper: Paper, heading: str, runs: Sequence[Path], folder: Path) -> None:
    """The mean over several runs, as result files and a table in a folder beside them."""
    for earlier in folder.glob("results/*.json"):
        earlier.unlink()
    files = [path for run in runs for path in sorted((run / "results").glob("*.json"))]
    _write_table(paper, heading, gather(files, folder / "results"), folder)


def _write_table(paper: Paper, heading: str, results: Sequence[Path], folder: Path) -> None:
    tables = results_tables(paper, results, text_table, beside=published_results())
    text = as_called(f"{heading}\n\n{tables}")
    write_text(folder / "table.txt", text + "\n")
    print(f"\n{text}\n\n      table     {short_path(folder / 'table.txt')}")

"""Table, figures and videos of a finished run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from repro.atomic import write_bytes, write_text
from repro.cli.called import as_called
from repro.experiment.paper import Paper
from repro.experiment.results import gather
from repro.experiment.tables import results_tables
from repro.paths import published_results, short_path
from repro.report.tables import text_table
from repro.web.run_page import FILE, run_page


def report_run(
    paper: Paper, pipeline: Any, heading: str, results: Sequence[Path], main: str, took_s: Mapping[str, float]
) -> None:
    """Everything a run shows, in its folder: `table.txt`, `figures/*.png`, videos, and all in `report.html`.

    main: the model whose own figures are drawn. took_s: seconds of each stage so far.
    """
    folder = pipeline.experiment.folder.path
    _write_table(paper, heading, results, folder)
    for kind, path in paper.figures(pipeline, heading, main, results).make().items():
        plays = " (plays in a browser)" if path.suffix == ".webm" else ""
        print(f"      {kind:<9} {short_path(path)}{plays}")
    _write_page(paper, heading, results, folder, took_s)


def report_together(paper: Paper, heading: str, runs: Sequence[Path], folder: Path) -> None:
    """The mean over several runs, as result files and a table in a folder beside them."""
    for earlier in folder.glob("results/*.json"):
        earlier.unlink()
    files = [path for run in runs for path in sorted((run / "results").glob("*.json"))]
    results = gather(files, folder / "results")
    _write_table(paper, heading, results, folder)
    _write_page(paper, heading, results, folder, {})


def _write_page(
    paper: Paper, heading: str, results: Sequence[Path], folder: Path, took_s: Mapping[str, float]
) -> None:
    page = as_called(run_page(paper, folder, heading, results, beside=published_results(), took_s=took_s))
    # A name that is no UTF-8 must not cost the page.
    write_bytes(folder / FILE, page.encode("utf-8", "backslashreplace"))
    print(f"      report    {short_path(folder / FILE)} (opens in a browser)")


def _write_table(paper: Paper, heading: str, results: Sequence[Path], folder: Path) -> None:
    tables = results_tables(paper, results, text_table, beside=published_results())
    text = as_called(f"{heading}\n\n{tables}")
    write_text(folder / "table.txt", text + "\n")
    print(f"\n{text}\n\n      table     {short_path(folder / 'table.txt')}")

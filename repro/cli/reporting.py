"""Table, figures and videos of a finished run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.atomic import write_text
from repro.experiment.paper import Paper
from repro.experiment.results import gather
from repro.experiment.tables import results_tables
from repro.paths import PROJECT, shown
from repro.report.tables import text_table

if TYPE_CHECKING:
    from repro.experiment.figures import Figures


def report_run(paper: Paper, pipeline: Any, heading: str, results: Sequence[Path], main: str) -> None:
    """Everything a run shows: `table.txt`, `figures/*.png` and videos, in the run folder.

    main: the model that is looked at by itself.
    """
    folder = pipeline.job.folder.path
    _write_table(paper, heading, results, folder)
    for kind, path in _figures(paper)(pipeline, heading, main, results).make().items():
        plays = " (plays in a browser)" if path.suffix == ".webm" else ""
        print(f"      {kind:<9} {shown(path)}{plays}")


def _figures(paper: Paper) -> type[Figures[Any]]:
    """What draws a paper's figures."""
    from repro.paper1 import figures as figures1
    from repro.paper2 import figures as figures2
    from repro.paper3 import figures as figures3
    from repro.paper4 import figures as figures4
    from repro.paper5 import figures as figures5

    modules = (figures1, figures2, figures3, figures4, figures5)
    found: type[Figures[Any]] = modules[paper.number - 1].Figures
    return found


def report_together(paper: Paper, heading: str, runs: Sequence[Path], folder: Path) -> None:
    """The mean over several runs, as result files and a table in a folder beside them."""
    for earlier in folder.glob("results/*.json"):
        earlier.unlink()
    found = [path for run in runs for path in sorted((run / "results").glob("*.json"))]
    _write_table(paper, heading, gather(found, folder / "results"), folder)


def _write_table(paper: Paper, heading: str, results: Sequence[Path], folder: Path) -> None:
    text = f"{heading}\n\n{results_tables(paper, results, text_table, beside=PROJECT / 'results')}"
    write_text(folder / "table.txt", text + "\n")
    print(f"\n{text}\n\n      table     {shown(folder / 'table.txt')}")

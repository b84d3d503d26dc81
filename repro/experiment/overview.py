"""One page of results: each paper's main model where it was run, what stands beside it, what was not run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from repro.experiment.listing import listed
from repro.experiment.paper import Paper
from repro.experiment.results import load
from repro.experiment.tables import how, interval, value
from repro.report.tables import markdown_table

HEADER = (
    "paper",
    "data",
    "preset",
    "runs",
    "observed",
    "ours (%)",
    "95 %",
    "logistic regression (%)",
    "printed (%)",
)
Content = Mapping[str, Any]  # of a result file


def overview(papers: Iterable[Paper], results: Path) -> str:
    """A table of the main models' accuracies, and in words what has not been run.

    The main model is the one of the paper's recipe. Beside it stand logistic regression on the same features,
    where it was run by the same protocol, and the printed number, which is of the full recipe and its data.
    """
    papers = tuple(papers)
    lines = [
        line for paper in papers for folder in _folders(paper, results) for line in _lines(paper, folder)
    ]
    numbers = listed(papers, results, everything=False)
    done = sum(1 for each in numbers if each["state"].startswith("done"))
    not_there = [str(paper.number) for paper in papers if not _folders(paper, results)]
    words = [
        f"**Not run**: {len(numbers) - done} of the {len(numbers)} numbers that the five papers print as "
        "their own, at the papers' own sizes; that takes a GPU and their data sets.",
        "The rows above are of smaller networks.",
    ]
    if not_there:
        words.append(f"No result of papers {', '.join(not_there)} is published yet.")
    words.append("Every result, with its baselines: [REPORT.md](results/REPORT.md).")
    return f"{markdown_table(HEADER, lines)}\n\n{' '.join(words)}"


def _folders(paper: Paper, results: Path) -> list[Path]:
    return sorted(path for path in (results / paper.name).glob("*") if any(path.glob("*.json")))


def _lines(paper: Paper, folder: Path) -> list[list[str]]:
    """The main model's lines in a folder; where it was not run there, one that states so."""
    contents = [load(path) for path in sorted(folder.glob("*.json"))]
    proposed = vars(paper.Recipe()) | paper.results.PROPOSED
    main = [
        content
        for content in contents
        if content["metric"] == "accuracy" and _in_a_table(content) and _is(content, proposed)
    ]
    if main:
        return [_line(paper, content, contents) for content in main]
    first = contents[0]
    return [
        [
            str(paper.number),
            first["dataset"],
            first["preset"],
            f"other models alone: {len(contents)}",
            *[""] * 5,
        ]
    ]


def _in_a_table(content: Content) -> bool:
    """Whether it stands in one of the paper's tables and is no baseline."""
    return content["table"].isdigit() and "alone" not in content["metric_options"]


def _is(content: Content, proposed: Mapping[str, Any]) -> bool:
    """Whether it is of the main model; how its frames are chosen may be another reading."""
    own = {name: tuple(v) if isinstance(v, list) else v for name, v in content["overrides"].items()}
    return all(proposed.get(name) == value for name, value in own.items() if name != "frames")


def _line(paper: Paper, content: Content, contents: Iterable[Content]) -> list[str]:
    beside = [other for other in contents if "alone" in other["metric_options"] and _alike(content, other)]
    runs = content["runs"]
    splits = (
        content["state"] if content["state"] != "done" else f"{len({run['split'] for run in runs})} splits"
    )
    seeds = len(content["own"]["seeds"])
    return [
        str(paper.number),
        content["dataset"],
        content["preset"],
        f"{splits}, {seeds} seed{'s' if seeds > 1 else ''}",
        how(content),
        value(content),
        interval(content),
        value(beside[0]) if beside else "",
        "" if content["printed"] is None else f"{content['printed']:g}",
    ]


def _alike(content: Content, other: Content) -> bool:
    """Whether two results are of the same part of the same table."""

    def part(one: Content) -> tuple[Any, ...]:
        options = one["metric_options"]
        return one["id"].split("/")[0], one["metric"], options.get("observed"), options.get("seen")

    return part(content) == part(other)

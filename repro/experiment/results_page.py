"""Pages of results: each paper's headline numbers, what came out here, what that says of its claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from repro.experiment.claims_tables import HEADLINE
from repro.experiment.paper import Paper
from repro.experiment.published import VerdictsOf
from repro.experiment.results import load, published_files
from repro.experiment.rows import REGRESSION
from repro.experiment.tables import METRICS, how, value
from repro.experiment.verdicts import HOLDS, OPEN, REVERSED, UNTESTED, Verdict
from repro.report.tables import markdown_table
from repro.types import Row

FULL = "paper"  # the preset of the paper's own sizes
SMALLER = {"demo": "demo (%)", "jhmdb21": "JHMDB-21 (%)", "ut_interaction": "UT-Interaction (%)"}
NUMBERS = ("paper", "headline", "metric", "on", "printed (%)", "ours at its size (%)", *SMALLER.values())
CLAIMS = ("paper", "claims", "on", "preset", "seeds", HOLDS, REVERSED, OPEN, UNTESTED)
NOTE = (
    "± is the standard deviation over n seeds; without it there is one. All runs: the mean with those that "
    "have no counterpart on every split, each split counting the same. The columns of data sets are of "
    "smaller networks (preset demo on drawn videos, lite on filmed ones): they compare models with each "
    "other, not with the printed number. Regression: logistic regression on the mean features of the same "
    "frames, which tells what the backbone alone gives. Not run: it takes a GPU and the data set."
)
Content = Mapping[str, Any]  # of a result file


def results_page(papers: Sequence[Paper], verdicts: VerdictsOf, results: Path) -> str:
    """The made part of `results/README.md`."""
    claims = [line for paper in papers for line in _claims(paper, verdicts[paper.name])]
    return f"{headline_numbers(papers, results)}\n\n{markdown_table(CLAIMS, claims)}"


def headline_numbers(papers: Sequence[Paper], results: Path) -> str:
    """Each headline number beside what came out here, as Markdown; the README of the project shows it too."""
    numbers = [_number(paper, row, results) for paper in papers for row in _headlines(paper)]
    return f"{markdown_table(NUMBERS, numbers)}\n\n{NOTE}"


def _headlines(paper: Paper) -> list[Row]:
    """The printed results by which a paper is known, in its order."""
    return [row for row in paper.results.PRINTED if row.id in paper.results.HEADLINE]


def _number(paper: Paper, row: Row, results: Path) -> list[str]:
    """A headline number's line."""
    own = dict(_own(row, results))
    commands = {name: command for command, name in paper.dataset_names.items()}
    words = how({"metric_options": row.metric_options})
    return [
        str(paper.number),
        f"table {row.table}, {row.row}",
        METRICS.get(row.metric, row.metric) + (f", {words}" if words else ""),
        row.dataset or "",
        f"{row.printed:g}",
        own.get((commands[row.dataset or ""], FULL), "not run"),
        *(", ".join(text for of, text in own.items() if of[0] == on and of[1] != FULL) for on in SMALLER),
    ]


def _own(row: Row, results: Path) -> Iterator[tuple[tuple[str, str], str]]:
    """(data set, preset) and value of every result of a row, with the regression of its table and part."""
    for path in published_files(results, row):
        content = load(path)
        beside = [value(other) for other in _regressions(path.parent) if _part(other) == _part(content)]
        words = "; ".join([value(content), *(f"regression {each}" for each in beside)])
        yield (content["run_on"], content["preset"]), words


def _regressions(folder: Path) -> Iterator[Content]:
    """The results of logistic regression in a folder."""
    contents = (load(path) for path in sorted(folder.glob("*.json")))
    return (content for content in contents if REGRESSION in content["id"].split("/"))


def _part(content: Content) -> tuple[Any, ...]:
    """The table and the part of a video that a result is of."""
    options = content["metric_options"]
    return content["id"].split("/")[0], content["metric"], options.get("observed"), options.get("seen")


def _claims(paper: Paper, verdicts: Sequence[Verdict]) -> list[list[str]]:
    """How many headline and other claims have which verdict, by data set and preset."""
    lines = []
    for level, headline in (("headline", True), ("other", False)):
        of_level = [verdict for verdict in verdicts if (verdict.claim.level == HEADLINE) is headline]
        every = len({verdict.claim.id for verdict in of_level})
        ran = sorted({(v.dataset, v.preset) for v in of_level if v.dataset and v.preset and not v.absent})
        for dataset, preset in ran:
            here = [v for v in of_level if (v.dataset, v.preset) == (dataset, preset)]
            counts = [sum(v.word == word for v in here) for word in (HOLDS, REVERSED, OPEN)]
            seeds = str(max(v.seeds for v in here) or "")
            untested = every - sum(counts)
            lines.append([str(paper.number), level, dataset, preset, seeds, *map(str, (*counts, untested))])
        if not ran:
            lines.append([str(paper.number), level, "nothing run", "", "", "", "", "", str(every)])
    return lines

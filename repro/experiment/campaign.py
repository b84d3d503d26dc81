"""Which rows run on the demo set with which seeds, in which order, and what of it is not published yet.

Paired seeds: all rows of a paper take the seeds 0, 1, 2, ..., so that any two share those of the row with
fewer. A claim's verdict needs more of them the closer it stands; headline claims get the most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from repro.experiment.claims import REPORTED
from repro.experiment.paper import Paper
from repro.experiment.results import load, result_path
from repro.types import InputError, Row

DATASET = PRESET = "demo"
SPLIT = "1"
# Of a headline claim's rows, where a model trains in under two minutes on two cores, and where it does not.
SHORT_SEEDS, LONG_SEEDS = 10, 6
OTHER_SEEDS = 3  # of all other rows, other readings of a paper's text among them
SHORT = (1, 2, 3)  # papers whose models of the demo preset train in under two minutes


class Step(NamedTuple):
    """One call of a paper's command. rows: ids. readings: they are rows that run only when they are named."""

    paper: Paper
    seed: int
    rows: tuple[str, ...]
    readings: bool = False

    @property
    def name(self) -> str:
        return f"{self.paper.name}-seed{self.seed}{'-readings' if self.readings else ''}"

    @property
    def words(self) -> tuple[str, ...]:
        """The command. It ends with the results: nobody looks at the pictures of all these runs."""
        return (
            *(self.paper.name, DATASET, "--seed", str(self.seed)),
            *("--stage", "evaluate", "--rows", *self.rows),
        )


def plan(papers: Iterable[Paper]) -> tuple[Step, ...]:
    """Every step: first the rows of all papers seed by seed, so that an early end leaves equal numbers of
    seeds; then other readings.
    """
    papers = tuple(papers)
    rows = [step for seed in range(SHORT_SEEDS) for paper in papers for step in _steps(paper, seed)]
    return tuple(sorted(rows, key=lambda step: step.readings))


def missing(steps: Iterable[Step], results: Path, renderer: int) -> tuple[Step, ...]:
    """The steps with the rows alone that lack a published run of their seed.

    renderer: of the demo set; a run on another version of it is none.
    """
    left = (
        step._replace(rows=tuple(id for id in step.rows if not _is_published(step, id, results, renderer)))
        for step in steps
    )
    return tuple(step for step in left if step.rows)


def check_version(steps: Iterable[Step], results: Path, renderer: int) -> None:
    """InputError where runs on another version of the demo set lie in the place of what these steps give."""
    for step in steps:
        for id in step.rows:
            if any(run.get("renderer") != renderer for run in _runs(step, id, results)):
                raise InputError(
                    f"{_path(step, id, results).parent} holds runs on another version of the demo set than "
                    f"{renderer}; delete that folder, or name another with --out"
                )


def seconds_left(steps: Iterable[Step], took_s: Mapping[str, float], rows: Mapping[str, int]) -> float:
    """About how long these steps take one after the other, by what a row of their paper took so far; of a
    paper without a finished step, what a row of any took.

    took_s, rows: of the finished steps, by paper; of one at least.
    """
    of_any = sum(took_s.values()) / sum(rows.values())
    each = {name: took_s[name] / rows[name] for name in took_s}
    return sum(len(step.rows) * each.get(step.paper.name, of_any) for step in steps)


def seeds_of(paper: Paper, row: Row) -> int:
    """How many seeds a row takes."""
    if row.id not in headline(paper):
        return OTHER_SEEDS
    return SHORT_SEEDS if paper.number in SHORT else LONG_SEEDS


@cache
def headline(paper: Paper) -> frozenset[str]:
    """The ids of all rows that a headline claim compares."""
    compared = {row for claim in paper.claims if claim.level == "headline" for row in claim.rows}
    return frozenset(row.split("@")[0] for row in compared if not row.startswith(REPORTED))


def _steps(paper: Paper, seed: int) -> Iterator[Step]:
    wanted = [row for row in paper.rows(DATASET) if seed < seeds_of(paper, row)]
    for readings in (False, True):
        if ids := tuple(row.id for row in wanted if row.on_request is readings):
            yield Step(paper, seed, ids, readings)


def _is_published(step: Step, id: str, results: Path, renderer: int) -> bool:
    wanted = SPLIT, step.seed, renderer
    runs = _runs(step, id, results)
    return any((run["split"], run["seed"], run.get("renderer")) == wanted for run in runs)


def _runs(step: Step, id: str, results: Path) -> Sequence[Mapping[str, Any]]:
    path = _path(step, id, results)
    return load(path)["runs"] if path.exists() else ()


def _path(step: Step, id: str, results: Path) -> Path:
    row = next(row for row in step.paper.rows(DATASET) if row.id == id)
    return result_path(results, row, DATASET, PRESET)

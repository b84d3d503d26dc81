"""Which of a paper's orderings hold on our results: differences of accuracies, paired by test video."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from repro.evaluation.bootstrap import difference_interval
from repro.experiment.results import load
from repro.experiment.summary import hits_by_split


class Ordering(NamedTuple):
    """A claim of the paper and what we find: the difference in points, its 95 % interval, the verdict."""

    claim: str
    difference: float
    interval: tuple[float, float]
    seeds: int
    verdict: str


def orderings(claims: Iterable[tuple[str, str, str]], results: Mapping[str, Path]) -> list[Ordering]:
    """(claim, better row, worse row) -> what the result files say; claims without results are left out.

    A row may be `ID@10%`: that value of a row of several. results: row id -> file. Verdicts: `holds` where
    the whole interval lies above 0, `reversed` where it lies below, else `open`. The interval is over test
    videos; the variation between seeds is not in it.
    """
    found = []
    for claim, better, worse in claims:
        pair = [_hits(results, name) for name in (better, worse)]
        if not all(pair) or set(pair[0]) != set(pair[1]):
            continue
        difference, low, high = difference_interval(*pair)
        verdict = "holds" if low > 0 else "reversed" if high < 0 else "open"
        seeds = min(len(hits) for side in pair for hits in side.values())
        points = (100 * low, 100 * high)
        found.append(Ordering(claim, 100 * difference, points, seeds, verdict))
    return found


def _hits(results: Mapping[str, Path], name: str) -> dict[str, Any]:
    id, _, part = name.partition("@")
    if id not in results:
        return {}
    by_seed: dict[int, list[Mapping[str, Any]]] = {}
    for run in load(results[id])["runs"]:
        by_seed.setdefault(run["seed"], []).append(run)
    return hits_by_split(by_seed, part or "value")

"""From result files to the paired values that are compared: seed by clip, with the clips' sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.experiment.balanced import balanced

MEAN = "mean"  # the value of a whole curve
Run = Mapping[str, Any]
Sets = Mapping[str, Sequence[str]]  # folds whose clips are counted together, by name


class NotComparable(ValueError):
    """The runs cannot be compared; the message says why."""


class Term(NamedTuple):
    """A row's runs in a comparison: the name of its value, and the weight it comes in with (1, -1)."""

    weight: int
    runs: Sequence[Run]
    value: str


class Study(NamedTuple):
    """values: stratum -> float64 [n, V], the weighted sum of the terms; a hit is 1. groups: V sources."""

    values: dict[str, NDArray[np.float64]]
    groups: dict[str, list[str]]
    seeds: tuple[int, ...]


def stored_groups(groups: Sequence[str]) -> dict[str, Any]:
    """What a result file keeps: the number of each counted clip's source in `sources`, the names."""
    number = {name: i for i, name in enumerate(dict.fromkeys(groups))}
    return {"groups": " ".join(str(number[group]) for group in groups), "sources": list(number)}


def paired(terms: Sequence[Term], sets: Sets) -> Study:
    """The terms on the splits and seeds that all of them have (`balanced`). A stratum is a split, or a set of
    folds.

    Raises NotComparable where there are none, clips differ, or a file lacks what a comparison needs.
    """
    by_key = [{(run["split"], run["seed"]): run for run in term.runs} for term in terms]
    splits, seeds = balanced(set.intersection(*map(set, by_key)))
    if not seeds:
        raise NotComparable("the rows were not run on the same splits with the same seeds")
    stratum = {fold: name for name, folds in sets.items() for fold in folds}
    values: dict[str, list[NDArray[np.float64]]] = {}
    groups: dict[str, list[str]] = {}
    for split in splits:
        runs = [
            [(term, of_term[split, seed]) for seed in seeds]
            for term, of_term in zip(terms, by_key, strict=True)
        ]
        name = stratum.get(split, split)
        groups.setdefault(name, []).extend(_shared_groups([run for of in runs for _, run in of]))
        sums = sum(term[0][0].weight * np.array([_each(run, t.value) for t, run in term]) for term in runs)
        values.setdefault(name, []).append(np.asarray(sums))
    if any(sum(a.shape[1] for a in arrays) != len(groups[name]) for name, arrays in values.items()):
        raise NotComparable("the rows count other clips")
    return Study({name: np.concatenate(arrays, axis=1) for name, arrays in values.items()}, groups, seeds)


def _each(run: Run, value: str) -> NDArray[np.float64]:
    """What a value is of each clip: hits `0110`, or shares `0.25 1.2 -0.031 `: float64 [V].

    `MEAN` is a curve's: of all values that the row has, each counting alike.
    """
    hits = run.get("hits", {})
    if value == MEAN and hits:
        return np.mean([_each(run, name) for name in hits], axis=0)
    text = hits.get(value)
    if text is None:
        raise NotComparable(f"{value!r} is not a mean over clips, or not in the result file")
    return np.array(text.split() if " " in text else list(text), dtype=np.float64)


def _shared_groups(runs: Sequence[Run]) -> list[str]:
    by_run = [_groups(run) for run in runs]
    if any(groups != by_run[0] for groups in by_run):
        raise NotComparable("the rows count other clips")
    return by_run[0]


def _groups(run: Run) -> list[str]:
    if not run.get("groups"):
        raise NotComparable("a result file is older than source groups; run its row again")
    return [run["sources"][int(number)] for number in run["groups"].split()]

"""From the runs of a row (splits and seeds) to the figures that are reported; never a hand-picked run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from repro.evaluation.crossed import crossed
from repro.evaluation.repeats import mean_and_std, mean_over_splits
from repro.evaluation.significance import wilson
from repro.experiment.balanced import Balanced, balanced
from repro.experiment.paired import NotComparable, Sets, Term, paired

DECIMALS = 4  # as of a run's values: a table that shows one decimal rounds once


def counted(runs: Iterable[Mapping[str, Any]], splits: Sequence[str]) -> list[Mapping[str, Any]]:
    """The runs whose mean is reported: those of `splits`, or all where none of these was run."""
    runs = list(runs)
    return [run for run in runs if run["split"] in splits] or runs


def state(runs: Iterable[Mapping[str, Any]], splits: Sequence[str]) -> str:
    """What a reader must know of the runs: complete, some splits only, others than wanted, a partial copy.

    splits: those whose mean the row is; empty where none is wanted.
    """
    runs = counted(runs, splits)
    if any(run["partial"] for run in runs):
        return f"partial copy, {min(run['test_clips'] for run in runs)} test clips"
    done = _balanced(runs).splits
    if set(splits) <= set(done):
        return "done"
    if set(done) <= set(splits):
        return f"split {', '.join(done)} of {len(splits)}"
    return f"split {', '.join(done)}, printed is split {', '.join(splits)}"


def summary(runs: Iterable[Mapping[str, Any]], splits: Sequence[str], sets: Sets) -> dict[str, Any]:
    """What a row's runs on its splits say together (`counted`), by value name; of what all of them hold.

    splits, seeds: the `balanced` part, of which the rest is. mean: over splits, each split's value being its
    mean over seeds (with sets: all videos of a set together, then the mean of the sets, which `sets` gives by
    themselves). std: over seeds, each seed's value being its mean over splits; null with one seed. interval:
    95 %; of several seeds over seeds and source groups (`evaluation.crossed`), of one run Wilson's over its
    clips, else none. all_runs: where others were run too, how many there are with them, on which splits, and
    their mean, in which every split counts the same.
    """
    runs = counted(runs, splits)
    part = _balanced(runs)
    by_seed = [
        [run for run in runs if run["seed"] == seed and run["split"] in part.splits] for seed in part.seeds
    ]
    whole = [run for of_seed in by_seed for run in of_seed]
    out: dict[str, Any] = {"seeds": list(part.seeds), "mean": {}, "std": {}, "interval": {}}
    names = [name for name in runs[0]["values"] if all(name in run["values"] for run in runs)]
    for name in names:
        std = mean_and_std([_value(of_seed, name, sets) for of_seed in by_seed])[1]
        out["mean"][name] = _over_splits(whole, name, sets)
        out["std"][name] = None if std is None else round(std, DECIMALS)
        if ends := _interval(whole, name, sets):
            out["interval"][name] = [round(100 * end, DECIMALS) for end in ends]
    if sets and "value" in names:
        of_sets = _by_set(_by_split(whole, "value"), "value", sets)
        out["sets"] = {name: round(value, DECIMALS) for name, value in of_sets.items()}
    if len(runs) > len(whole):
        every = sorted({run["split"] for run in runs}, key=int)
        means = {name: _over_splits(runs, name, sets) for name in names}
        out["splits"] = list(part.splits)
        out["all_runs"] = {"runs": len(runs), "splits": every, "mean": means}
    return out


def _balanced(runs: Iterable[Mapping[str, Any]]) -> Balanced:
    return balanced((run["split"], run["seed"]) for run in runs)


def _over_splits(runs: Sequence[Mapping[str, Any]], name: str, sets: Sets) -> float:
    return round(_value(_by_split(runs, name), name, sets), DECIMALS)


def _by_split(runs: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    """A run for each split, with the mean over its seeds."""
    by_split: dict[str, list[Mapping[str, Any]]] = {}
    for run in runs:
        by_split.setdefault(run["split"], []).append(run)
    return [
        {**of_split[0], "values": {name: float(np.mean([run["values"][name] for run in of_split]))}}
        for of_split in by_split.values()
    ]


def _value(runs: Sequence[Mapping[str, Any]], name: str, sets: Sets) -> float:
    if sets:
        return mean_over_splits(list(_by_set(runs, name, sets).values()))
    return mean_over_splits([run["values"][name] for run in runs])


def _by_set(runs: Sequence[Mapping[str, Any]], name: str, sets: Sets) -> dict[str, float]:
    """The mean over the test videos of each set of which at least one fold was run."""
    means = {}
    for title, folds in sets.items():
        if chosen := [run for run in runs if run["split"] in folds]:
            clips = sum(run["test_clips"] for run in chosen)
            means[title] = sum(run["values"][name] * run["test_clips"] for run in chosen) / clips
    return means


def _interval(runs: list[Mapping[str, Any]], name: str, sets: Sets) -> tuple[float, float] | None:
    text = runs[0].get("hits", {}).get(name, "")
    if len(runs) == 1 and set(text) and set(text) <= {"0", "1"}:
        return wilson(text.count("1"), len(text))
    try:
        study = paired([Term(1, runs, name)], sets)
    except NotComparable:
        return None
    low, high = crossed(study.values, study.groups).interval()
    return (float(low), float(high)) if np.isfinite(low) else None

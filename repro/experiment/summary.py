"""From the runs of a row (splits and seeds) to the figures that are reported; never a hand-picked run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from repro.evaluation.crossed import crossed
from repro.evaluation.repeats import mean_and_std, mean_over_splits
from repro.evaluation.significance import wilson
from repro.experiment.paired import NotComparable, Sets, Term, paired


def counted(runs: Iterable[Mapping[str, Any]], splits: Sequence[str]) -> list[Mapping[str, Any]]:
    """The runs whose mean is reported: those of `splits`, or all where none of these was run."""
    runs = list(runs)
    return [run for run in runs if run["split"] in splits] or runs


def of_whole_seeds(runs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The runs of the seeds that were run on as many splits as any was: a split is easier than another, so a
    seed that lacks some cannot be averaged with one that has them."""
    runs = list(runs)
    splits = Counter(run["seed"] for run in runs)  # a seed runs once on a split
    return [run for run in runs if splits[run["seed"]] == max(splits.values())]


def state(runs: Iterable[Mapping[str, Any]], splits: Sequence[str]) -> str:
    """What a reader must know of the runs: complete, some splits only, others than wanted, a partial copy.

    splits: those whose mean the row is; empty where none is wanted.
    """
    runs = counted(runs, splits)
    if any(run["partial"] for run in runs):
        return f"partial copy, {min(run['test_clips'] for run in runs)} test clips"
    done = sorted({run["split"] for run in runs}, key=int)
    if set(splits) <= set(done):
        return "done"
    if set(done) <= set(splits):
        return f"split {', '.join(done)} of {len(splits)}"
    return f"split {', '.join(done)}, printed is split {', '.join(splits)}"


def summary(runs: Iterable[Mapping[str, Any]], splits: Sequence[str], sets: Sets) -> dict[str, Any]:
    """What a row's runs on its splits say together (`counted`), by value name.

    mean, std: over seeds, each seed's value being its mean over splits (with sets: all videos of a set
    together, then the mean of the sets, which `sets` gives by themselves). std is null with one seed.
    interval: 95 %; of several seeds over seeds and source groups (`evaluation.crossed`), of one run Wilson's
    over its clips, else none. seeds: those that count (`of_whole_seeds`).
    """
    runs = of_whole_seeds(counted(runs, splits))
    by_seed: dict[int, list[Mapping[str, Any]]] = {}
    for run in runs:
        by_seed.setdefault(run["seed"], []).append(run)
    out: dict[str, Any] = {"seeds": sorted(by_seed), "mean": {}, "std": {}, "interval": {}}
    for name in runs[0]["values"]:
        mean, std = mean_and_std([_value(of_seed, name, sets) for of_seed in by_seed.values()])
        out["mean"][name] = round(mean, 2)
        out["std"][name] = None if std is None else round(std, 2)
        if ends := _interval(runs, name, sets):
            out["interval"][name] = [round(100 * end, 2) for end in ends]
    if sets and "value" in runs[0]["values"]:
        out["sets"] = {name: round(value, 2) for name, value in _by_set(runs, "value", sets).items()}
    return out


def _value(runs: list[Mapping[str, Any]], name: str, sets: Sets) -> float:
    if sets:
        return mean_over_splits(list(_by_set(runs, name, sets).values()))
    return mean_over_splits([run["values"][name] for run in runs])


def _by_set(runs: list[Mapping[str, Any]], name: str, sets: Sets) -> dict[str, float]:
    """The mean over the test videos of each set of which at least one fold was run."""
    means = {}
    for title, folds in sets.items():
        if chosen := [run for run in runs if run["split"] in folds]:
            clips = sum(run["test_clips"] for run in chosen)
            means[title] = sum(run["values"].get(name, np.nan) * run["test_clips"] for run in chosen) / clips
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

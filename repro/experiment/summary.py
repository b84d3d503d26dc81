"""From the runs of a row (splits and seeds) to the figures that are reported; never a hand-picked run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.bootstrap import mean_interval
from repro.evaluation.repeats import mean_and_std, mean_over_splits

FOLDS = tuple(str(sequence) for sequence in range(1, 21))  # of UT-Interaction: the sequence left out
_ALL_THREE = ("1", "2", "3")
SPLITS_OF = {
    "mean_of_3": _ALL_THREE,
    "mean of 3 splits": _ALL_THREE,
    "mean of splits 1-3": _ALL_THREE,
    "10-fold": FOLDS,
}
SETS = {"set 1": FOLDS[:10], "set 2": FOLDS[10:]}


def state(protocol: str, entries: list[dict[str, Any]]) -> str:
    """What a reader must know of the runs: complete, some splits only, or a partial copy.

    protocol: a row's `split`, empty where the paper names none.
    """
    if any(entry["partial"] for entry in entries):
        return f"partial copy, {min(entry['test_clips'] for entry in entries)} test clips"
    wanted = next((splits for name, splits in SPLITS_OF.items() if protocol.startswith(name)), None)
    done = sorted({e["split"] for e in entries}, key=int)
    if wanted is None or set(wanted) <= set(done):
        return "done"
    return f"split {', '.join(done)} of {len(wanted)}"


def summary(entries: Iterable[Mapping[str, Any]], protocol: str = "") -> dict[str, Any]:
    """What a row's runs say together, by value name.

    mean, std: over seeds, each seed's value being its mean over splits (for folds: all videos of a set
    together, then the mean of the two sets, which `sets` gives by themselves). std is null with one seed.
    interval: 95 %, over test videos, for accuracies. Seeds that lack a split others have are still averaged
    over what they have.
    """
    by_seed: dict[int, list[Mapping[str, Any]]] = {}
    for entry in entries:
        by_seed.setdefault(entry["seed"], []).append(entry)
    over_splits = _over_folds if protocol.startswith("10-fold") else _over_splits
    out: dict[str, Any] = {"seeds": sorted(by_seed), "mean": {}, "std": {}, "interval": {}}
    for name in next(iter(by_seed.values()))[0]["values"]:
        mean, std = mean_and_std([over_splits(runs, name) for runs in by_seed.values()])
        out["mean"][name] = round(mean, 2)
        out["std"][name] = None if std is None else round(std, 2)
        if hits := hits_by_split(by_seed, name):
            out["interval"][name] = [round(100 * end, 2) for end in mean_interval(hits)]
    if protocol.startswith("10-fold"):
        runs = [run for runs in by_seed.values() for run in runs]
        out["sets"] = {name: round(_pooled(runs, "value", folds), 2) for name, folds in _sets(runs)}
    return out


def _over_splits(runs: list[Mapping[str, Any]], name: str) -> float:
    return mean_over_splits([run["values"][name] for run in runs])


def _over_folds(runs: list[Mapping[str, Any]], name: str) -> float:
    return mean_over_splits([_pooled(runs, name, folds) for _, folds in _sets(runs)])


def _sets(runs: list[Mapping[str, Any]]) -> list[tuple[str, tuple[str, ...]]]:
    """The sets of which at least one fold was run."""
    return [(name, folds) for name, folds in SETS.items() if any(run["split"] in folds for run in runs)]


def _pooled(runs: list[Mapping[str, Any]], name: str, folds: tuple[str, ...]) -> float:
    """The mean over the test videos of some folds together."""
    chosen = [run for run in runs if run["split"] in folds]
    clips = sum(run["test_clips"] for run in chosen)
    return sum(run["values"].get(name, np.nan) * run["test_clips"] for run in chosen) / clips


def hits_by_split(by_seed: Mapping[int, list[Mapping[str, Any]]], name: str) -> dict[str, NDArray[np.bool_]]:
    """bool [S, V] for each split that has the hits of a value in every run; runs of other videos are cut."""
    found: dict[str, list[str]] = {}
    for runs in by_seed.values():
        for run in runs:
            if name in run.get("hits", {}):
                found.setdefault(run["split"], []).append(run["hits"][name])
    return {
        split: np.array([[letter == "1" for letter in text] for text in texts])
        for split, texts in found.items()
        if len({len(text) for text in texts}) == 1
    }

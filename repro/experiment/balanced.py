"""The balanced part of a row's runs: seeds that ran on the same splits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

ENOUGH = 3  # seeds, beyond which another split tells more than another seed


class Balanced(NamedTuple):
    """Splits, in order, and the seeds that ran on each of them."""

    splits: tuple[str, ...]
    seeds: tuple[int, ...]


def balanced(runs: Iterable[tuple[str, int]]) -> Balanced:
    """What (split, seed) runs have in common: most seeds up to `ENOUGH`, then most splits, then most seeds.

    One split is easier than another, so a seed that lacks some cannot stand beside one that has all. The
    choice sees counts alone, no value. Nothing of nothing.
    """
    of_seed: dict[int, set[str]] = {}
    for split, seed in runs:
        of_seed.setdefault(seed, set()).add(split)
    if not of_seed:
        return Balanced((), ())
    ran = [of_seed[seed] for seed in sorted(of_seed)]
    shared = set.intersection(*ran)
    every = [_on(splits, of_seed) for splits in (shared, *ran) if splits]
    return max(every, key=lambda part: (min(len(part.seeds), ENOUGH), len(part.splits), len(part.seeds)))


def _on(splits: set[str], of_seed: dict[int, set[str]]) -> Balanced:
    seeds = (seed for seed, ran in of_seed.items() if ran >= splits)
    return Balanced(tuple(sorted(splits, key=int)), tuple(sorted(seeds)))

"""A validation part taken out of the training part, by whole source groups."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from repro.types import InputError, VideoRef


def hold_out(
    refs: Sequence[VideoRef], fraction: float, seed: int
) -> tuple[tuple[VideoRef, ...], tuple[VideoRef, ...]]:
    """Divide training videos into (training, validation); of every class about `fraction` is held out.

    Clips of one source look alike, so a group goes to one side whole, also where it holds several classes
    (a sequence of UT-Interaction). Training keeps at least one clip of every class; a class with groups of
    its own keeps one group at least on each side, if it has two. The same seed gives the same division in
    whatever order the videos come; each part keeps their order. Raises ValueError unless
    0 <= fraction <= 0.5, InputError when no group can be held out.
    """
    if not 0 <= fraction <= 0.5:
        raise ValueError(f"fraction is {fraction}; wanted 0 to 0.5")
    if fraction == 0:
        return tuple(refs), ()
    sizes: dict[int, Counter[str]] = defaultdict(Counter)
    for ref in refs:
        sizes[ref.label][ref.group] += 1
    held = {
        group
        for labels in _families(sizes)
        for group in _held_groups({label: sizes[label] for label in labels}, fraction, seed)
    }
    if not held:
        raise InputError(
            f"{len(refs)} videos, and no class has two source groups: none can be held out for validation; "
            "use more groups"
        )
    validation = tuple(ref for ref in refs if ref.group in held)
    return tuple(ref for ref in refs if ref.group not in held), validation


def _families(sizes: Mapping[int, Counter[str]]) -> list[list[int]]:
    """Classes that share groups, together; a class by itself where groups are of one class each."""
    families: list[tuple[list[int], set[str]]] = []
    for label in sorted(sizes):
        joined = [family for family in families if family[1] & set(sizes[label])]
        families = [family for family in families if family not in joined]
        labels = sorted([label, *(other for family in joined for other in family[0])])
        families.append((labels, set(sizes[label]).union(*(family[1] for family in joined))))
    return [labels for labels, _ in families]


def _held_groups(sizes: Mapping[int, Counter[str]], fraction: float, seed: int) -> list[str]:
    """Groups in drawn order, each taken if it brings the number of clips closer to the share wanted."""
    together = sum(sizes.values(), Counter[str]())
    names, target = sorted(together), fraction * together.total()
    chosen: list[str] = []

    def spared(name: str) -> bool:
        """Whether every class keeps a training clip without this group too."""
        return all(set(groups) - {*chosen, name} for groups in sizes.values())

    taken = 0
    for position in np.random.default_rng([seed, min(sizes)]).permutation(len(names)):
        name = names[position]
        if abs(taken + together[name] - target) < abs(taken - target) and spared(name):
            chosen.append(name)
            taken += together[name]
    return chosen or sorted(filter(spared, names), key=lambda name: together[name])[:1]

"""A validation part taken out of the training part, by whole source groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from repro.types import InputError, VideoRef


def hold_out(
    refs: Sequence[VideoRef], fraction: float, seed: int
) -> tuple[tuple[VideoRef, ...], tuple[VideoRef, ...]]:
    """Divide training videos into (training, validation); of every class about `fraction` is held out.

    Clips of one source look alike, so a group goes to one side whole. A class with two groups or more keeps
    at least one on each side; a class with one keeps it for training. The same seed gives the same division
    in whatever order the videos come; each part keeps their order. Raises ValueError unless
    0 <= fraction <= 0.5, InputError when no class has two groups.
    """
    if not 0 <= fraction <= 0.5:
        raise ValueError(f"fraction is {fraction}; wanted 0 to 0.5")
    if fraction == 0:
        return tuple(refs), ()
    sizes: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for ref in refs:
        sizes[ref.label][ref.group] += 1
    held = {(label, group) for label in sizes for group in _held_groups(sizes[label], fraction, seed, label)}
    if not held:
        raise InputError(
            f"{len(refs)} videos, and no class has two source groups: none can be held out for validation; "
            "use more groups"
        )
    validation = tuple(ref for ref in refs if (ref.label, ref.group) in held)
    return tuple(ref for ref in refs if (ref.label, ref.group) not in held), validation


def _held_groups(sizes: dict[str, int], fraction: float, seed: int, label: int) -> list[str]:
    """Groups in drawn order, each taken if it brings the number of clips closer to the share wanted."""
    names = sorted(sizes)
    if len(names) < 2:
        return []
    target, taken, chosen = fraction * sum(sizes.values()), 0, []
    for position in np.random.default_rng([seed, label]).permutation(len(names)):
        size = sizes[names[position]]
        if abs(taken + size - target) < abs(taken - target):
            chosen.append(names[position])
            taken += size
    return chosen or [min(names, key=lambda name: sizes[name])]

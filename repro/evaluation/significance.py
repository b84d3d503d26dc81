"""One run's accuracy, few seeds, many claims: what each may conclude."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

SIGN_FLIP_SEEDS = range(6, 21)  # with 5 seeds p cannot fall below 2 / 2^5 = 0.06; 2^20 patterns are listed


def wilson(right: int, clips: int, level: float = 0.95) -> tuple[float, float]:
    """The interval of a part, of which `right` of `clips` independent clips were right, in 0..1.

    Wilson 1927: the parts p for which |right / clips - p| <= z sqrt(p (1 - p) / clips). ValueError for others
    than 0 <= right <= clips, clips > 0.
    """
    if not 0 <= right <= clips or clips == 0:
        raise ValueError(f"{right} of {clips} clips; wanted 0 <= right <= clips, one clip at least")
    z2 = stats.norm.ppf((1 + level) / 2) ** 2
    part = right / clips
    middle = (part + z2 / (2 * clips)) / (1 + z2 / clips)
    half = np.sqrt(z2 * (part * (1 - part) / clips + z2 / (4 * clips**2))) / (1 + z2 / clips)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def sign_flip(differences: Sequence[float]) -> float | None:
    """Exact two-sided p of paired differences, one a seed: the part of the 2^n signs with a sum as large.

    None outside of `SIGN_FLIP_SEEDS`. It says nothing of other clips.
    """
    if len(differences) not in SIGN_FLIP_SEEDS:
        return None
    sums = np.zeros(1)
    for size in np.abs(differences):
        sums = np.concatenate([sums - size, sums + size])
    observed = abs(float(np.sum(differences)))
    return float(np.mean(np.abs(sums) >= observed - 1e-12 * (1 + observed)))


def holm(p: Sequence[float], level: float = 0.05) -> list[bool]:
    """Which of several tests survive when the chance of even one false among them is held at `level`.

    Holm 1979: in rising order, the i-th of m (from 0) while p <= level / (m - i).
    """
    kept = [False] * len(p)
    for rank, place in enumerate(np.argsort(p, kind="stable")):
        if p[place] > level / (len(p) - rank):
            break
        kept[place] = True
    return kept

"""Times parts of work in turn, adds them up, and says on what machine."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

Times = Mapping[str, Sequence[float]]  # milliseconds of each part, one a repeat


def in_turn(parts: Mapping[str, Callable[[], object]], repeats: int, what: str) -> dict[str, list[float]]:
    """Milliseconds that each part took, `repeats` of them, after one turn of all that does not count.

    In every repeat each part has its turn once, so that whatever else the machine does is spread over all.
    """
    taken: dict[str, list[float]] = {name: [] for name in parts}
    turns = (repeats + 1) * len(parts)
    with tqdm(total=turns, desc=what, unit="part", mininterval=0.5, dynamic_ncols=True) as progress:
        for repeat in range(repeats + 1):
            for name, part in parts.items():
                started = time.perf_counter()
                part()
                if repeat:  # the first turn traces and allocates
                    taken[name].append(1000 * (time.perf_counter() - started))
                progress.update()
    return taken


class Computing:
    """A part, and what this process computed in each of its turns but the first, on all cores."""

    def __init__(self, part: Callable[[], object]) -> None:
        self.part = part
        self.each_ms: list[float] = []

    def __call__(self) -> None:
        started = time.process_time()
        self.part()
        self.each_ms.append(1000 * (time.process_time() - started))

    @property
    def median_ms(self) -> float:
        return statistics.median(self.each_ms[1:])


def medians(times: Times) -> dict[str, float]:
    """The median of each part over the repeats, in ms."""
    return {name: statistics.median(each) for name, each in times.items()}


def total(counts: Mapping[str, float], times_ms: Mapping[str, float]) -> float:
    """ms of a method that does every part so many times."""
    return sum(count * times_ms[part] for part, count in counts.items())


def by_repeat(times: Times) -> list[dict[str, float]]:
    """The times of each repeat by part: what was measured side by side."""
    return [dict(zip(times, each, strict=True)) for each in zip(*times.values(), strict=True)]


def with_spread(times: Times) -> dict[str, dict[str, Any]]:
    """Each part's median, least and greatest time and all single ones, in ms, as result files hold them."""
    return {
        name: {
            "median": round(statistics.median(each), 3),
            "min": round(min(each), 3),
            "max": round(max(each), 3),
            "each": [round(ms, 3) for ms in each],
        }
        for name, each in times.items()
    }


def machine(folder: Path, command: str) -> dict[str, Any]:
    """Date, command, revision, device, packages as a run records them, and the number of cores.

    folder: for the record's own file; any that may be written to.
    """
    from repro.training.run_folder import RunFolder  # brings TensorFlow, which `benchmarks.gpu` does without

    return {**RunFolder(folder).write_environment(seed=0, command=command), "cores": os.cpu_count()}

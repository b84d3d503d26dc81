"""Both sides in turn, several runs a turn, waiting for the device at its end; what the times say."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from benchmarks import measuring
from benchmarks.gpu.ours import Run

TURN_S = {"paper": 0.15, "tiny": 0.0}  # so long a turn lasts at least, within MOST_RUNS
MOST_RUNS = 30
WARM_UPS = 2


def in_turn(runs: Mapping[str, Run], repeats: int, turn_s: float) -> tuple[measuring.Times, dict[str, int]]:
    """Milliseconds of one run of each part, `repeats` of them, and how many runs a turn had.

    Before that every part has its warm-up, whose last run says how many fill a turn. What comes first out of
    a queue never waits for what comes next: a turn ends when its runs are done.
    """
    counts = {}
    for name, run in runs.items():
        for _ in range(WARM_UPS):
            seconds = _seconds(run, 1)
        counts[name] = max(1, min(MOST_RUNS, round(turn_s / seconds)))
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            taken[name].append(1000 * _seconds(run, counts[name]) / counts[name])
    return taken, counts


def _seconds(run: Run, count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        run.start()
    run.wait()
    return time.perf_counter() - started


def compared(times: measuring.Times, flop: Mapping[str, float]) -> dict[str, Any]:
    """ratio: the fastest peer's time by ours, over repeats too; rates, and shares of the faster product's.

    flop: of a run of each part; names of peers begin with `peer`, of products with `product`.
    """
    middle = measuring.medians(times)
    peers = [name for name in times if name.startswith("peer")]
    ratios = [min(each[peer] for peer in peers) / each["ours"] for each in measuring.by_repeat(times)]
    rates = {name: flop[name] / middle[name] / 1e9 for name in times}
    limit = max(rate for name, rate in rates.items() if name.startswith("product"))
    return {
        "ratio": min(middle[peer] for peer in peers) / middle["ours"],
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "tflop_per_s": rates,
        "share_of_product": {name: rate / limit for name, rate in rates.items()},
    }

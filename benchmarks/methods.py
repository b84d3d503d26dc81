"""Which parts each method of `anticipation_speed` does for one video, how often, and what that adds up to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from benchmarks.measuring import Times, by_repeat, medians, total

CLAIM = 14.0
ON_THE_NETWORKS = ("frame_network", "ms_lstm", "spatial_network", "temporal_network")
TEST_FRAMES = 25  # of the two-stream papers' own test, or all if there are fewer

Counts = dict[str, float]


def methods(frames: int, batch: int, flow_sizes: list[str]) -> dict[str, Counts]:
    """How often each method does each part for one video; `ours` first. Flow sizes as in the parts' names."""
    crops = 10 * min(TEST_FRAMES, frames)
    if frames % batch or crops % batch:
        raise ValueError(f"{frames} frames and {crops} crops do not fill batches of {batch}")
    counts: dict[str, Counts] = {
        "ours": {"decode": 1, "resize": 1, "frame_network": frames / batch, "ms_lstm": 1}
    }
    for name in flow_sizes:
        inputs = {"decode": 1, f"resize_{name}": 1, f"flow_{name}": 1}
        for protocol, part, images in (
            ("every frame once", "once", frames),
            (f"{crops // 10} frames x 10 crops", "ten_crops", crops),
        ):
            runs = images / batch
            counts[f"{protocol}, flow {name}"] = {
                **inputs,
                f"{part}_{name}": 1,
                "spatial_network": runs,
                "temporal_network": runs,
            }
    return counts


def compared(times: Times, counted: Mapping[str, Counts]) -> dict[str, Any]:
    """The methods' totals and their ratios to ours; the result's `ratio` is the like-for-like one."""
    middle, repeats = medians(times), by_repeat(times)
    ours, *peers = counted
    ours_ms = total(counted[ours], middle)
    methods: dict[str, dict[str, Any]] = {ours: {"counts": counted[ours], "total_ms": ours_ms}}
    for name in peers:
        spent = total(counted[name], middle)
        each = [total(counted[name], r) / total(counted[ours], r) for r in repeats]
        flow = sum(middle[part] for part in counted[name] if part.startswith("flow_"))
        methods[name] = {
            "counts": counted[name],
            "total_ms": spent,
            "ratio": spent / ours_ms,
            "ratio_min": min(each),
            "ratio_max": max(each),
            "flow_share": flow / spent,
            "networks_faster_for_claim": networks_faster_for(CLAIM, counted[ours], counted[name], middle),
        }
    headline = peers[0]
    return {
        "claim": CLAIM,
        "headline": headline,
        "ratio": methods[headline]["ratio"],
        "nearest_to_claim": min(peers, key=lambda name: abs(math.log(methods[name]["ratio"] / CLAIM))),
        "methods": methods,
    }


def networks_faster_for(
    ratio: float, ours: Counts, peer: Counts, times_ms: Mapping[str, float]
) -> float | None:
    """g for which (R_p + N_p / g) / (R_o + N_o / g) = ratio; N is the networks' time, R the rest's.

    How many times faster the networks alone would have to be than here, as on a GPU, for that ratio; below 1
    if slower. None if no g gives it.
    """

    def split(counts: Counts) -> tuple[float, float]:
        on = {part: count for part, count in counts.items() if part in ON_THE_NETWORKS}
        in_networks = total(on, times_ms)
        return in_networks, total(counts, times_ms) - in_networks

    (networks_ours, rest_ours), (networks_peer, rest_peer) = split(ours), split(peer)
    more, lacking = rest_peer - ratio * rest_ours, ratio * networks_ours - networks_peer
    return lacking / more if more * lacking > 0 else None

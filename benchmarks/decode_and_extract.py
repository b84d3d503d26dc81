"""How close does feature extraction come to the slower of its two halves, decoding and the network?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import measuring
from benchmarks.rendered_clip import write_clip
from repro.anticipation import networks
from repro.features.ahead import ahead
from repro.features.extract import extract, frames_of
from repro.features.network import frame_function
from repro.features.store import FeatureStore
from repro.paper2.recipe import recipe
from repro.report.tables import text_table
from repro.types import VideoRef

QUESTION = "frames/s of feature extraction against decoding alone and the network alone"
CLASSES = 101
CLIPS = 4
VIDEO_SIZE = {"paper": (240, 320), "tiny": (36, 48)}


def measure(size: str, repeats: int, folder: Path) -> dict[str, Any]:
    """Frames per second of the three, and which share of the lower limit the whole reaches.

    decode: the threads of `extract` and resizing, without a network. network: one full batch that is ready.
    extract: from video files to stored features, nothing stored before.
    """
    numbers = recipe(size)
    height, width = VIDEO_SIZE[size]
    refs = [VideoRef(f"clip{n}", folder / f"clip{n}.avi", 0, f"g{n}") for n in range(CLIPS)]
    for n, ref in enumerate(refs):
        write_clip(ref.path, numbers.steps, height=height, width=width, group=n + 1)
    network = frame_function(networks.frame_networks(numbers, CLASSES).features, ("context", "action"))
    side, limit, batch = numbers.size_px, numbers.steps, numbers.steps
    ready = np.random.default_rng(0).integers(0, 256, (batch, side, side, 3), np.uint8)
    fresh = count()

    def decode() -> None:
        for _ in ahead(lambda ref: frames_of(ref, side, limit), refs):
            pass

    def whole() -> None:
        store = FeatureStore(folder / f"store{next(fresh)}", {"made for": "a benchmark"})
        extract(refs, network, store, size=side, limit=limit, batch=batch)

    parts: dict[str, Callable[[], object]] = {
        "decode": decode,
        "network": lambda: network(ready),
        "extract": whole,
    }
    times = measuring.in_turn(parts, repeats, "decode and extract")
    frames = {"decode": CLIPS * limit, "network": batch, "extract": CLIPS * limit}
    return {
        "clips": CLIPS,
        "batch": batch,
        "frames": frames,
        "parts_ms": measuring.with_spread(times),
        **compared(times, frames),
    }


def compared(times: measuring.Times, frames: Mapping[str, int]) -> dict[str, Any]:
    """Frames/s of each part, which of the two limits is lower, and `ratio`: extraction against that one."""
    rates = {part: 1000 * frames[part] / ms for part, ms in measuring.medians(times).items()}
    limit = min(("decode", "network"), key=lambda part: rates[part])
    return {"frames_per_s": rates, "limit": limit, "ratio": rates["extract"] / rates[limit]}


def report(result: Mapping[str, Any]) -> str:
    """The three rates and the share."""
    rows = [
        [part, str(result["frames"][part]), f"{spent['median']:.0f}", f"{result['frames_per_s'][part]:.1f}"]
        for part, spent in result["parts_ms"].items()
    ]
    share = f"Extraction reaches {100 * result['ratio']:.0f} % of the lower limit, that of {result['limit']}."
    return "\n".join([text_table(("part", "frames", "median ms", "frames/s"), rows), share])

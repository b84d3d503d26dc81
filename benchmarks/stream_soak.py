"""Does frame 200,000 of a stream cost what the first ones cost, and do eight files gain by sharing calls?"""

from __future__ import annotations

import resource
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import measuring
from benchmarks.rendered_clip import write_clip
from repro.anticipation import networks, sequence
from repro.inference.network import one_frame
from repro.inference.stream import Stream
from repro.inference.stream_predictor import StreamPredictor
from repro.paper2.recipe import recipe
from repro.report.tables import text_table

QUESTION = "ms and memory of a stream that never ends; eight files at a time against one after the other"
PRESET = {"paper": "demo", "tiny": "tiny"}  # the question is about small networks
FRAMES = {"paper": 200_000, "tiny": 200}
FILES, CLIP_FRAMES, CLASSES = 8, {"paper": 100, "tiny": 5}, 6
PARTS = 10


def measure(size: str, repeats: int, folder: Path) -> dict[str, Any]:
    """The soak once, in ten parts; the files `repeats` times, each way in turn."""
    stream = _stream(PRESET[size])
    paths = [folder / f"clip{number}.avi" for number in range(FILES)]
    for path in paths:
        write_clip(path, CLIP_FRAMES[size], height=120, width=160)
    ways = {
        "ours": lambda: list(StreamPredictor(stream, together=FILES).predict_each(paths)),
        "peer": lambda: list(StreamPredictor(stream).predict_each(paths)),
    }
    times = measuring.in_turn(ways, repeats, "eight files")
    middle = measuring.medians(times)
    soak = _soak(stream, FRAMES[size])
    return {
        "soak": soak,
        "growth_p99": soak[-1]["p99_ms"] / soak[0]["p99_ms"],
        "growth_mb": soak[-1]["peak_mb"] - soak[0]["peak_mb"],
        "parts_ms": measuring.with_spread(times),
        "ratio": middle["peer"] / middle["ours"],
    }


def _stream(preset: str) -> Stream:
    """Paper 2's networks with random weights; its memory starts afresh after T frames, as in `predict`."""
    numbers = recipe(preset)
    built = networks.frame_networks(numbers, CLASSES)
    lstm = sequence.build(
        numbers.variant,
        features=dict.fromkeys(numbers.features, networks.feature_width(numbers)),
        units=numbers.units,
        classes=CLASSES,
        steps=numbers.steps,
        cell=numbers.cell,
    )
    stage = sequence.prediction(numbers.variant)
    advance = one_frame(built.features, sequence.step_model(lstm), stage, sequence.initial_state(lstm))
    return Stream(advance, [f"class {k}" for k in range(CLASSES)], numbers.size_px, numbers.steps)


def _soak(stream: Stream, frames: int) -> list[dict[str, float]]:
    """p50 and p99 of a frame in ms, and the peak of memory in MB, for each tenth of so many frames."""
    pictures = np.random.default_rng(0).integers(0, 256, (16, 120, 160, 3), np.uint8)
    state, parts = stream.start(), []
    for part in range(PARTS):
        step_ms = np.zeros(frames // PARTS)
        for number in range(len(step_ms)):
            started = time.perf_counter()
            _, state = stream.step(pictures[number % len(pictures)], state)
            step_ms[number] = 1000 * (time.perf_counter() - started)
        p50, p99 = np.percentile(step_ms, [50, 99])
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        done = (part + 1) * len(step_ms)
        parts.append({"frames": done, "p50_ms": p50, "p99_ms": p99, "peak_mb": round(peak_mb, 1)})
    return parts


def report(result: Mapping[str, Any]) -> str:
    """A line for each tenth of the soak, and the ratio of the files."""
    rows = [
        [f"{p['frames']:,}", f"{p['p50_ms']:.2f}", f"{p['p99_ms']:.2f}", f"{p['peak_mb']:.0f}"]
        for p in result["soak"]
    ]
    table = text_table(("frames", "p50 ms", "p99 ms", "peak MB"), rows)
    return f"{table}\n{FILES} files at a time: {result['ratio']:.2f} times as fast as one after the other"

"""Does the model that ships keep up with a camera of 25 frames a second?"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks import measuring
from benchmarks.rendered_clip import write_clip
from repro.inference.predict import predict_video
from repro.papers import load_predictor, shipped_run
from repro.paths import PROJECT
from repro.report.tables import text_table
from repro.types import InputError

QUESTION = "ms for every frame of a long video, from file to prediction, with the model that ships"
FRAME_MS = 40.0  # of 25 frames a second
BAR_MS = 16.0  # a frame on one core, network alone: what the field calls real time
FRAMES = {"paper": 10_000, "tiny": 30}
PREDICTED_FRAMES = {"paper": 500, "tiny": 6}  # of the whole command, whose overlay takes longest
VIDEO_SIZE = (240, 320)
THREADS = (2, 1)
TIMES = ("p50", "p99", "read_p50", "read_p99", "mean", "cpu", "network", "network_least")


def measure(size: str, repeats: int, folder: Path) -> dict[str, Any]:
    """Each of `TIMES` on two threads and on one, of each repeat; memory; the command `predict`; accuracy."""
    run = shipped_run()
    if run is None:
        raise InputError("no model ships with this checkout; restore weights/ from the repository")
    video = folder / "long.avi"
    write_clip(video, FRAMES[size], height=VIDEO_SIZE[0], width=VIDEO_SIZE[1])
    found: dict[int, list[dict[str, Any]]] = {threads: [] for threads in THREADS}
    for _ in tqdm(range(repeats), desc="real time", unit="turn"):
        for threads in THREADS:
            found[threads].append(_alone(video, threads, FRAMES[size]))
    parts = {
        f"{name}/{threads}": [each[name] for each in found[threads]] for threads in THREADS for name in TIMES
    }
    middle = measuring.medians(parts)
    facts = json.loads((run / "model.json").read_text())
    return {
        "model": run.name,
        "frames": FRAMES[size],
        "parts_ms": measuring.with_spread(parts),
        "memory_mb": {str(threads): found[threads][-1]["memory_mb"] for threads in THREADS},
        "predict_frames_per_s": _predict(folder, PREDICTED_FRAMES[size]),
        "accuracy": facts["facts"]["shipped"]["test"]["accuracy"],
        "ratio": FRAME_MS / middle["p99/2"],
        "bar_ratio": BAR_MS / middle["network/1"],
    }


def _alone(video: Path, threads: int, frames: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.real_time_alone", str(video), str(threads), str(frames)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"the measuring process ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    content: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return content


def _predict(folder: Path, frames: int) -> dict[str, float]:
    """Frames a second of all that `predict` does with a video, with and without the overlay video."""
    video = folder / "short.avi"
    write_clip(video, frames, height=VIDEO_SIZE[0], width=VIDEO_SIZE[1])
    run = shipped_run()
    assert run is not None
    predictor = load_predictor(run)
    predictor.predict(video)  # the first call compiles
    rates: dict[str, float] = {}
    for name, render in (("without overlay", False), ("with overlay", True)):
        started = time.perf_counter()
        predict_video(video, predictor, folder / "predictions", render=render)
        rates[name] = round(frames / (time.perf_counter() - started), 1)
    return rates


def report(result: Mapping[str, Any]) -> str:
    """A line for each number of threads, then memory, the whole command, and what the model reaches."""
    parts = result["parts_ms"]
    rows = [
        [str(threads), *(f"{parts[f'{name}/{threads}']['median']:.1f}" for name in TIMES)]
        for threads in THREADS
    ]
    memory = "; ".join(
        f"{threads} threads: " + ", ".join(f"{mb:.0f} MB after {n}" for n, mb in each.items())
        for threads, each in result["memory_mb"].items()
    )
    rates = ", ".join(f"{rate:.0f} {name}" for name, rate in result["predict_frames_per_s"].items())
    reached = ", ".join(
        f"{100 * each['clips']:.1f} % after {part}" for part, each in result["accuracy"].items()
    )
    return "\n".join(
        [
            text_table(("threads", *(f"{name} ms" for name in TIMES)), rows),
            f"{result['frames']} frames; read: those that the network reads; cpu: computed on all cores",
            f"memory: {memory}",
            f"predict, whole command, frames/s: {rates}",
            f"accuracy of {result['model']} on its test clips: {reached}",
            f"{FRAME_MS:.0f} ms against p99 on two threads: {result['ratio']:.2f}; "
            f"{BAR_MS:.0f} ms against the network on one: {result['bar_ratio']:.2f}",
        ]
    )

"""The model that ships on one long video, in its own process: threads are chosen before TensorFlow starts.

python -m benchmarks.real_time_alone VIDEO THREADS FRAMES
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

MARKS = (10, 1)  # memory after a tenth of the frames and after all of them
ALONE = 100  # calls of the network by itself


def measured(video: Path, frames: int) -> dict[str, Any]:
    """ms per frame from file to prediction, of all frames and of those that the network reads; MB of memory.

    Decoding, resizing and the network are in every frame's time; the first two calls, which compile, are not.
    """
    from repro.inference.stream_predictor import StreamPredictor
    from repro.papers import load_predictor, shipped_run
    from repro.video import decode

    run = shipped_run()
    assert run is not None
    predictor = load_predictor(run)
    assert isinstance(predictor, StreamPredictor)
    stream = predictor.stream
    small = np.zeros((stream.size, stream.size, 3), np.uint8)
    for _ in range(2):
        stream.step(small, stream.start())
    marks = {frames // part for part in MARKS}
    ms, memory_mb, state = [], {}, stream.start()
    decoded, used = decode.frames(video), _cpu_s()
    for number in range(1, frames + 1):
        started = time.perf_counter()
        _, state = stream.step(next(decoded), state)
        ms.append(1000 * (time.perf_counter() - started))
        if number in marks:
            memory_mb[str(number)] = round(_resident_mb(), 1)
    used = _cpu_s() - used
    decoded.close()
    alone = []
    for _ in range(ALONE):  # a frame of the network's own size: nothing to decode, nothing to resize
        started = time.perf_counter()
        stream.step(small, stream.start())
        alone.append(1000 * (time.perf_counter() - started))
    return {
        "p50": _percentile(ms, 50),
        "p99": _percentile(ms, 99),
        "read_p50": _percentile(ms[:: stream.every], 50),
        "read_p99": _percentile(ms[:: stream.every], 99),
        "mean": float(np.mean(ms)),
        "cpu": 1000 * used / frames,
        "network": _percentile(alone, 50),
        "network_least": min(alone),
        "memory_mb": memory_mb,
    }


def _percentile(ms: Sequence[float], percent: int) -> float:
    return float(np.percentile(ms, percent))


def _cpu_s() -> float:
    """Seconds that this process has computed, on all cores: what others do beside it adds little."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _resident_mb() -> float:
    """Memory of this process now, not at its most."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(video: str, threads: str, frames: str) -> None:
    """Bind to as many cores as threads, measure, print JSON as the last line."""
    os.environ["TF_NUM_INTRAOP_THREADS"] = threads
    os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    cores = sorted(os.sched_getaffinity(0))[-int(threads) :]
    os.sched_setaffinity(0, cores)
    print(json.dumps({"cores": len(cores), **measured(Path(video), int(frames))}))


if __name__ == "__main__":
    main(*sys.argv[1:])

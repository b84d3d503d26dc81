"""The card's own matrix product in each precision and engine: as fast as arithmetic gets there."""

from __future__ import annotations

import time
from typing import Any

import keras

from benchmarks import measuring
from benchmarks.gpu import ours, peer, timing
from benchmarks.gpu.case import MATRIX
from benchmarks.gpu.names import PRECISIONS
from benchmarks.gpu.precision import use


def answer(size: str, repeats: int) -> dict[str, Any]:
    """TFLOP/s of a product of two square matrices, of ours under its engine and of PyTorch."""
    started = time.perf_counter()
    times: dict[str, Any] = {}
    for precision in PRECISIONS:
        use(precision)
        dtype = "bfloat16" if precision == "bf16" else "float32"
        runs = {"pytorch": peer.product(MATRIX[size], dtype)}
        if keras.config.backend() != "torch":
            runs[keras.config.backend()] = ours.product(MATRIX[size], dtype)
        taken, _ = timing.in_turn(runs, repeats, timing.TURN_S[size])
        times |= {f"{precision}/{engine}": each for engine, each in taken.items()}
    flop = 2.0 * MATRIX[size] ** 3
    return {
        "what": f"product of two {MATRIX[size]} x {MATRIX[size]} matrices",
        "seconds": round(time.perf_counter() - started, 1),
        "parts_ms": measuring.with_spread(times),
        "tflop_per_s": {name: flop / ms / 1e9 for name, ms in measuring.medians(times).items()},
    }

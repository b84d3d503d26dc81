"""One question: something of ours and its peers, compared and then timed beside a plain product."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks import measuring
from benchmarks.gpu import ours, peer, timing
from benchmarks.gpu.precision import TOLERANCE, use

COMPARED = 2  # samples whose outputs are compared
MATRIX = {"paper": 8192, "tiny": 64}  # side of the plain product
Says = Mapping[str, NDArray[np.float32]]


class Case(NamedTuple):
    """network: ours, compiled where `targets` ask for a training step, else for a forward pass.

    inputs: an array or arrays by name, of a batch. peers: by name, all beginning with `peer`. peer_says: of
    the first n samples without dropout, by names of our outputs. flop: operations of a run, counted by hand.
    """

    what: str
    batch: int
    flop: float
    network: keras.Model
    inputs: Any
    targets: ours.Arrays | None
    peers: Mapping[str, ours.Run]
    peer_says: Callable[[int], Says]


def answer(make: Callable[[str, str], Case], size: str, precision: str, repeats: int) -> dict[str, Any]:
    """Build the case of `make(size, precision)`, compare both sides, time them; all results."""
    started = time.perf_counter()
    use(precision)
    case = make(size, precision)
    _say(started, "both sides built")
    differs = _differences(case)
    _say(started, "compared")
    if case.targets is None:
        run, _ = ours.forward(case.network, case.inputs)
    else:
        run = ours.training_step(case.network, case.inputs, case.targets)
    dtype = "bfloat16" if precision == "bf16" else "float32"
    runs = {"ours": run, **case.peers, "product": peer.product(MATRIX[size], dtype)}
    built_s = time.perf_counter() - started
    _say(started, "compiled")
    _reset_peak()
    times, counts = timing.in_turn(runs, repeats, timing.TURN_S[size])
    flop = dict.fromkeys(runs, case.flop) | {"product": 2.0 * MATRIX[size] ** 3}
    return {
        "what": case.what,
        "precision": precision,
        "batch": case.batch,
        "gflop": case.flop / 1e9,
        "differs": differs,
        "agrees": all(each <= TOLERANCE[precision] for each in differs.values()),
        "build_s": round(built_s - run.compile_s, 1),
        "compile_s": round(run.compile_s, 1),
        "seconds": round(time.perf_counter() - started, 1),
        "runs_a_turn": counts,
        "parts_ms": measuring.with_spread(times),
        **timing.compared(times, flop),
        "memory_mib": {"ours": _mib(run.memory_bytes), "peak_of_pytorch": _mib(_peak())},
    }


def _say(started: float, what: str) -> None:
    """Where the time goes, also of a question that is given up."""
    print(f"  {time.perf_counter() - started:5.1f} s  {what}", flush=True)


def _differences(case: Case) -> dict[str, float]:
    """||ours - peer|| / ||peer|| of each output, the median over the samples compared."""
    count = min(COMPARED, case.batch)
    few = (
        {name: array[:count] for name, array in case.inputs.items()}
        if isinstance(case.inputs, Mapping)
        else case.inputs[:count]
    )
    run, outputs = ours.forward(case.network, few)
    run.start()
    run.wait()
    here, there = outputs(), case.peer_says(count)
    return {name: _difference(here[name], there[name]) for name in there}


def _difference(here: NDArray[np.float32], there: NDArray[np.float32]) -> float:
    apart, whole = (np.linalg.norm(each.reshape(len(there), -1), axis=1) for each in (here - there, there))
    difference = float(np.median(apart / np.maximum(whole, 1e-30)))
    return difference if np.isfinite(difference) else 1e30  # JSON has no NaN


def _reset_peak() -> None:
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def _peak() -> int | None:
    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None


def _mib(count: int | None) -> int | None:
    return None if count is None else round(count / 2**20)

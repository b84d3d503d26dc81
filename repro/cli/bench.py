"""`bench [QUESTION ...]`: the scripts in benchmarks/, one result file each."""

from __future__ import annotations

import argparse
import os
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from repro.atomic import write_json
from repro.nearest import there_are
from repro.paths import default_paths, short_path
from repro.types import InputError

QUESTIONS = (
    "anticipation_speed",
    "streaming_latency",
    "video_lstm_stream",
    "real_time",
    "training_loop",
    "cluster_overhead",
    "stream_soak",
    "decode_and_extract",  # last: those that need PyTorch
    "ms_lstm_step",
    "decoder_step",
    "video_lstm_step",
    "joint_step",
)
STEPS = ("ms_lstm_step", "decoder_step", "video_lstm_step", "joint_step")
AT_DEMO = ("training_loop",)  # whose question is about small steps
AT_BOTH = (*STEPS, "decode_and_extract")


def run_bench(options: argparse.Namespace) -> None:
    """Measure, print and write `results/bench/QUESTION.json`; another size than the paper's is in the name.

    Without a size every question is asked at the paper's, training steps and extraction at the demo preset's
    too, the loop at these alone. At the end all ratios stand in one table. Raises InputError for a question
    that there is not, fewer than one repeat, snippet or clip, or a batch or a size for a question that has
    none.
    """
    for name in options.question:
        if name not in QUESTIONS:
            raise InputError(f"no benchmark {name!r}{there_are(name, QUESTIONS)}")
    if options.repeat < 1:
        raise InputError(f"--repeat {options.repeat}: wanted 1 or more")
    asked = tuple(options.question or QUESTIONS)
    if options.batch is not None and (options.batch < 1 or not set(asked) <= set(STEPS)):
        raise InputError(f"--batch {options.batch}: 1 or more, and only with {' or '.join(STEPS)}")
    if options.size == "demo" and not set(asked) <= {*AT_BOTH, *AT_DEMO}:
        raise InputError(f"--size demo: only with {' or '.join((*AT_DEMO, *AT_BOTH))}")
    if options.size == "paper" and (without := set(asked) & set(AT_DEMO)):
        raise InputError(
            f"--size paper: not with {' or '.join(sorted(without))}, which asks about small steps"
        )
    results = default_paths(options.out).results / "bench"
    answers = {
        (name, size): _answer(name, size, options, results)
        for name in asked
        for size in _sizes(name, options.size)
    }
    from benchmarks import summary

    print(summary.table(answers), flush=True)


def _sizes(name: str, wanted: str | None) -> tuple[str, ...]:
    if wanted is not None:
        return (wanted,)
    if name in AT_DEMO:
        return ("demo",)
    return ("demo", "paper") if name in AT_BOTH else ("paper",)


def _answer(name: str, size: str, options: argparse.Namespace, results: Path) -> dict[str, Any]:
    from benchmarks import measuring  # here and below, since these bring the engines

    script = import_module(f"benchmarks.{name}")
    path = results / f"{name}{'' if size == 'paper' else f'-{size}'}.json"
    print(f"{script.QUESTION} ({size})", flush=True)
    with tempfile.TemporaryDirectory(prefix="repro-bench-") as folder:
        machine, load = measuring.machine(Path(folder), options.typed), os.getloadavg()[0]
        more = {} if options.batch is None else {"batch": options.batch}
        measured = script.measure(size, options.repeat, Path(folder), **more)
    result = {
        "question": script.QUESTION,
        "size": size,
        "repeats": options.repeat,
        **machine,
        "load": [round(load, 2), round(os.getloadavg()[0], 2)],  # of one minute: before, and at the end
        **measured,
    }
    write_json(path, result)
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    print(f"\n{script.report(result)}\n\n{machine['device']}, {machine['cores']} cores; {packages}")
    print(f"wrote {short_path(path)}\n", flush=True)
    return result

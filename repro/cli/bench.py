"""`bench [QUESTION ...]`: the scripts in benchmarks/, one result file each."""

from __future__ import annotations

import argparse
import tempfile
from importlib import import_module
from pathlib import Path

from repro.atomic import write_json
from repro.paths import default_places, short_path
from repro.types import InputError

QUESTIONS = (
    "anticipation_speed",
    "streaming_latency",
    "decode_and_extract",
    "video_lstm_stream",
    "real_time",
    "video_lstm_step",  # last: the two that need PyTorch
    "joint_step",
)
WITH_BATCH = ("video_lstm_step", "joint_step")


def run_bench(options: argparse.Namespace) -> None:
    """Measure, print and write `results/bench/QUESTION.json`; the tiny size writes `QUESTION-tiny.json`.

    Raises InputError for a question that there is not, fewer than one repeat, snippet or clip, or a
    batch for a question that has none.
    """
    unknown = [name for name in options.question if name not in QUESTIONS]
    if unknown:
        raise InputError(f"no benchmark {', '.join(unknown)}; there are: {', '.join(QUESTIONS)}")
    if options.repeat < 1:
        raise InputError(f"--repeat {options.repeat}: wanted 1 or more")
    asked = set(options.question or QUESTIONS)
    if options.batch is not None and (options.batch < 1 or not asked <= set(WITH_BATCH)):
        raise InputError(f"--batch {options.batch}: 1 or more, and only with {' or '.join(WITH_BATCH)}")
    results = default_places(options.out).results / "bench"
    for name in options.question or QUESTIONS:
        path = results / f"{name}{'' if options.size == 'paper' else f'-{options.size}'}.json"
        _answer(name, options, path)


def _answer(name: str, options: argparse.Namespace, path: Path) -> None:
    from benchmarks import measuring  # here, since it and the scripts bring the engines

    script = import_module(f"benchmarks.{name}")
    print(f"{script.QUESTION}", flush=True)
    with tempfile.TemporaryDirectory(prefix="repro-bench-") as folder:
        machine = measuring.machine(Path(folder), options.typed)
        more = {} if options.batch is None else {"batch": options.batch}
        measured = script.measure(options.size, options.repeat, Path(folder), **more)
    result = {
        "question": script.QUESTION,
        "size": options.size,
        "repeats": options.repeat,
        **machine,
        **measured,
    }
    write_json(path, result)
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    print(f"\n{script.report(result)}\n\n{machine['device']}, {machine['cores']} cores; {packages}")
    print(f"wrote {short_path(path)}\n", flush=True)

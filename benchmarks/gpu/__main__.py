"""`KERAS_BACKEND=jax python3 -m benchmarks.gpu --size paper --out FILE`; see ../README.md."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.gpu.answers import Answers, table
from benchmarks.gpu.names import NAMES
from repro.types import InputError

ENGINES = ("jax", "torch")
# Asking goes on in a fresh process where one dies or hangs.
LOOK_EVERY_S = 0.1


def main(arguments: list[str]) -> int:
    """Ask what is not answered yet; 0 if every question has its answer, 1 if not, 2 for wrong input."""
    options = _options(arguments)
    try:
        engine = os.environ.get("KERAS_BACKEND", "")
        if engine not in ENGINES:
            raise InputError(f"KERAS_BACKEND is {engine!r}; set it to {' or '.join(ENGINES)}")
        answers = Answers(options.out, options.size, engine)
        names = [n for n in NAMES if not options.only or n.startswith(tuple(options.only))]
        if not names:
            raise InputError(f"no question begins with {options.only}; there are: {', '.join(NAMES)}")
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.worker:
        return _work(answers, names, options)
    _watch(answers, names, arguments, time.time() + 60 * options.minutes, options.limit)
    print(f"\n{table(answers.read())}\nwrote {options.out}", flush=True)
    return 0 if set(names) <= answers.finished() else 1


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--size", choices=("paper", "tiny"), default="paper")
    parser.add_argument("--out", type=Path, default=Path("gpu.json"), help="the result file; goes on in it")
    parser.add_argument("--only", nargs="+", help="questions that begin with one of these words")
    parser.add_argument("--repeat", type=int, default=5, help="turns of each part")
    parser.add_argument("--minutes", type=float, default=5.0, help="all questions together")
    parser.add_argument(
        "--limit", type=float, default=150.0, help="seconds for one question, compilation included"
    )
    parser.add_argument("--cache", type=Path, help="folder where JAX keeps what it compiled")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _watch(answers: Answers, names: list[str], arguments: list[str], end: float, limit_s: float) -> None:
    """Start the process that asks, again where it ended early, until all is asked or the time is up."""
    tried = answers.finished()
    while (left := [name for name in names if name not in tried]) and time.time() < end:
        command = [sys.executable, "-m", "benchmarks.gpu", *arguments, "--worker", "--only", *left]
        process = subprocess.Popen(command)
        why = _wait(process, answers, end, limit_s)
        current = answers.asking()
        if current:
            answers.give(current[0], {"error": why})
        if not set(answers.answers()) & set(left):
            print(f"error: no question could be asked, {why}", file=sys.stderr)
            return
        tried |= set(answers.answers()) & set(left)


def _wait(process: subprocess.Popen[bytes], answers: Answers, end: float, limit_s: float) -> str:
    """Until the process has ended or was killed; why, in one line."""
    while process.poll() is None:
        now, current = time.time(), answers.asking()
        late = current is not None and now > current[1] + limit_s
        if late or now > end:
            process.kill()
            process.wait()
            return f"not answered within {limit_s:.0f} s" if late else "the time of all questions was up"
        time.sleep(LOOK_EVERY_S)
    return f"the process ended with {process.returncode}"


def _work(answers: Answers, names: list[str], options: argparse.Namespace) -> int:
    # Before JAX is imported: PyTorch works on the same card.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    if options.cache:
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(options.cache))
    from benchmarks.gpu import worker

    return worker.ask(answers, names, options.repeat)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`check`, `test` and `notebooks`: the project's own tools, run from its own environment."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from typing import NamedTuple

from repro.paths import PROJECT


class Step(NamedTuple):
    """One tool, a module to run. variables: set for it, as `env` takes them."""

    name: str
    command: tuple[str, ...]
    variables: tuple[str, ...] = ()


CODE = ("repro", "benchmarks", "tests", "notebooks", "setup.py")
LINT = (
    Step("format", ("ruff", "format", "--check", *CODE)),
    Step("lint", ("ruff", "check", *CODE)),
    Step("types", ("mypy", "--no-error-summary")),
)
# One process a core, each with one thread (tests/conftest.py). What tests share is made once, by the process
# that has the whole group; the dearest groups come first.
PROCESSES = str(max(2, min(os.cpu_count() or 2, 4)))
PYTEST = ("pytest", "-q", "-n", PROCESSES, "--dist", "loadgroup", "--no-loadscope-reorder", "--durations=25")
FAST = Step("fast tests", (*PYTEST, "-m", "not slow and not exhaustive"))
STANDARD = Step("tests", (*PYTEST, "-m", "not exhaustive"))
# Resumed: tests that passed before an interruption do not run again (tests/helpers/resume.py).
RESUMED = (*PYTEST, "-p", "tests.helpers.resume")
EXHAUSTIVE = (
    Step("all tests", RESUMED),
    Step(
        "other instructions and threads: the standard tests again",
        (*RESUMED, "-m", "not exhaustive"),
        ("ONEDNN_MAX_CPU_ISA=SSE41", "TF_NUM_INTRAOP_THREADS=2"),
    ),
)


def _run(steps: tuple[Step, ...]) -> int:
    """Every step, whatever the result of the ones before it; pytest's closing line stands last."""
    failed = []
    for step in steps:
        start = time.monotonic()
        print(f"[{step.name}]", flush=True)
        command = ["env", *step.variables, sys.executable, "-m", *step.command]
        status = subprocess.run(command, cwd=PROJECT, check=False).returncode
        if status:
            failed.append(step.name)
        elif step.command[0] != "pytest":
            print(f"[{step.name}] ok in {time.monotonic() - start:.0f} s", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def run_tool(options: argparse.Namespace) -> int:
    """`check`: format, lint, types, layout and the tests of less than half a second. `test`: these and the
    standard tests, or with `--all` every test there is. `notebooks`: each made from its source and executed.
    """
    if options.command == "notebooks":
        return _run((Step("notebooks", ("notebooks.make",)),))
    if options.command == "check":
        return _run((*LINT, FAST))
    return _run((*LINT, *(EXHAUSTIVE if options.all else (STANDARD,))))

"""`check`, `test` and `notebooks`: the project's own tools, run from its own environment."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from repro.paths import PROJECT

CODE = ("repro", "benchmarks", "tests", "notebooks")
LINT = (
    ("format", ("ruff", "format", "--check", *CODE)),
    ("lint", ("ruff", "check", *CODE)),
    ("types", ("mypy", "--no-error-summary")),
)
# Two processes, each taking whole files: what a file's tests have in common is made once.
SHARED = ("-n", "2", "--dist", "loadfile")
FAST_TESTS = ("fast tests", ("pytest", "-q", "-m", "not slow", *SHARED))
ALL_TESTS = ("all tests", ("pytest", "-q", "--durations=15", *SHARED))


def _run(steps: tuple[tuple[str, tuple[str, ...]], ...]) -> int:
    failed = []
    for name, command in steps:
        start = time.monotonic()
        status = subprocess.run([sys.executable, "-m", *command], cwd=PROJECT, check=False).returncode
        print(f"[{name}] {'ok' if status == 0 else 'FAILED'} in {time.monotonic() - start:.0f} s", flush=True)
        if status:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def run_check(options: argparse.Namespace) -> int:
    """Format, lint, types, layout and the tests not marked slow."""
    return _run((*LINT, FAST_TESTS))


def run_test(options: argparse.Namespace) -> int:
    """The whole suite."""
    return _run((ALL_TESTS,))


def run_notebooks(options: argparse.Namespace) -> int:
    """Make every notebook from its source and execute it; the pictures are kept in the committed file."""
    return _run((("notebooks", ("notebooks.make",)),))

"""Chosen tests on one tree of files, in a process forked off a warm one that has imported TensorFlow.

The parent has imported libraries only, nothing of `repro`, and has not started TensorFlow (no thread runs
yet), so the child is what a fresh process would be after the same imports.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import hypothesis
import pytest

from mutants.reach import Test

_LIBRARIES = ("numpy", "scipy.ndimage", "scipy.stats", "cv2", "matplotlib", "tensorflow", "keras")
_START_SECONDS, _TIMES_ITS_OWN = 60, 10  # a test may take 10 times its own time and a minute


def warm_up() -> None:
    """Import what every test file imports. Raises RuntimeError where that has started a thread."""
    for name in _LIBRARIES:
        importlib.import_module(name)
    from tensorflow.python.eager import context

    if len([*Path("/proc/self/task").iterdir()]) > 1 or context.context()._context_handle is not None:
        raise RuntimeError("a library runs threads already; a forked process would lack them")
    gc.freeze()  # a child that collects its garbage need not look through all this


class Outcome(NamedTuple):
    """How the tests went. failed_by: the test, or the file that could not be collected; None: all passed."""

    failed_by: str | None
    timed_out: bool
    met: int
    seconds: float


class Trial:
    """A running child. Only those of `tests` are run, in their order, until one fails.

    changed: whether `tree` holds a mutant. Then no compiled file is kept: Python knows a file by its length
    and the second of its change, which two mutants may share.
    """

    def __init__(self, tree: Path, scratch: Path, tests: Sequence[Test], changed: bool) -> None:
        self.scratch, self.tests = scratch, tests
        self.began = time.monotonic()
        scratch.mkdir(parents=True, exist_ok=True)
        self._report, self._now = scratch / "report.json", scratch / "now"
        for old in (self._report, self._now):
            old.unlink(missing_ok=True)
        self.pid = os.fork()
        if not self.pid:
            sys.dont_write_bytecode = changed
            os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
            _child(tree, scratch, tests)

    def outcome(self) -> Outcome | None:
        """None while it runs. A test that takes too long is ended, with every process it started."""
        ended, _ = os.waitpid(self.pid, os.WNOHANG)
        seconds = time.monotonic() - self.began
        if ended:
            with contextlib.suppress(ProcessLookupError):  # what its tests started and left running
                os.killpg(self.pid, signal.SIGKILL)
            report = self._read(self._report)
            return Outcome(report.get("failed_by", "the process died"), False, report.get("met", 0), seconds)
        now = self._read(self._now)
        allowed = _START_SECONDS + _TIMES_ITS_OWN * now.get("seconds", 0)
        if time.monotonic() - now.get("since", self.began) > allowed:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            return Outcome(now.get("test", "collection"), True, now.get("place", 0), seconds)
        return None

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            return dict(json.loads(path.read_text()))
        except (OSError, ValueError):  # not there yet, or being written
            return {}


class _Chosen:
    """A pytest plugin: leaves the chosen tests in their order, and tells how far the process is."""

    def __init__(self, tests: Sequence[Test], scratch: Path) -> None:
        self.place = {test.name: place for place, test in enumerate(tests)}
        self.tests, self.scratch = tests, scratch
        self.report: dict[str, Any] = {"failed_by": None, "met": 0}
        self.running: str | None = None

    @pytest.hookimpl(trylast=True)  # after a conftest.py that sorts them
    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.place), key=lambda i: self.place[i.nodeid])

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.report["failed_by"] = self.report["failed_by"] or f"collection of {report.nodeid}"

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.report["met"] += 1
        self.running = nodeid
        place = self.place[nodeid]
        now = {
            "test": nodeid,
            "seconds": self.tests[place].seconds,
            "since": time.monotonic(),
            "place": place + 1,
        }
        (self.scratch / "now").write_text(json.dumps(now))

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.report["failed_by"] = self.report["failed_by"] or report.nodeid


def _child(tree: Path, scratch: Path, tests: Sequence[Test]) -> None:
    """Never returns."""
    os.setsid()
    _go_to(tree, scratch)
    with (scratch / "output.txt").open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    chosen = _Chosen(tests, scratch)
    status = 1
    try:
        hypothesis.settings.register_profile(
            "mutant",
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),  # a failure is not made smaller
            suppress_health_check=[hypothesis.HealthCheck.too_slow],
            deadline=None,
            database=None,
        )
        hypothesis.settings.load_profile("mutant")
        files = list(dict.fromkeys(test.file for test in tests))
        options = ["-x", "-q", "-p", "no:cacheprovider", f"--basetemp={scratch / 'tmp'}"]
        status = int(pytest.main([*options, *files], plugins=[chosen]))
    finally:
        if status not in (0, 5) and chosen.report["failed_by"] is None:  # 5: none of the tests is left
            chosen.report["failed_by"] = chosen.running or f"pytest, which ended with {status}"
        (scratch / "report.json").write_text(json.dumps(chosen.report))
        sys.stdout.flush()
        os._exit(0)


def _go_to(tree: Path, scratch: Path) -> None:
    """Let this process and those it starts import from the tree, and from nowhere else of the project."""
    ours = Path(__file__).resolve().parents[1]
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() not in (ours, ours.parent)]
    sys.path[:0] = [str(tree), str(tree / "tests")]
    os.environ["PYTHONPATH"] = f"{tree}{os.pathsep}{tree / 'tests'}"
    os.environ.setdefault("REPRO_SHARED", str(ours.parents[1] / "shared"))
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(scratch / "hypothesis")
    os.chdir(tree)

"""A pytest plugin for the exhaustive tier: what passed before an interruption does not run again.

    python -m pytest -p tests.helpers.resume

Passed tests are listed in `.pytest_cache/`, in a file named after the content of all code and the variables
that choose instructions and threads: any change begins anew, and so does the run after one that passed whole.
"""

import hashlib
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("repro", "benchmarks", "tests", "notebooks/sources", "pyproject.toml", "requirements.txt")
VARIABLES = (
    "ONEDNN_MAX_CPU_ISA",
    "TF_ENABLE_ONEDNN_OPTS",
    "NPY_DISABLE_CPU_FEATURES",
    "TF_NUM_INTRAOP_THREADS",
)


def listing() -> Path:
    """Where what passed with this code under these variables is listed, one name a line."""
    digest = hashlib.sha256(repr([os.environ.get(name) for name in VARIABLES]).encode())
    for name in CODE:
        for path in sorted((ROOT / name).rglob("*.py")) if (ROOT / name).is_dir() else [ROOT / name]:
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return ROOT / ".pytest_cache" / f"passed-{digest.hexdigest()[:16]}.txt"


class Resume:
    """Leaves out what is listed, and lists what passes, each test as soon as it ends."""

    def __init__(self) -> None:
        self.listing = listing()
        self.passed = set(self.listing.read_text().splitlines()) if self.listing.exists() else set()
        self.failed: set[str] = set()
        self.lists = "PYTEST_XDIST_WORKER" not in os.environ

    @pytest.hookimpl(tryfirst=True)  # before xdist writes a group behind every name
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        before = [item for item in items if item.nodeid in self.passed]
        items[:] = [item for item in items if item.nodeid not in self.passed]
        config.hook.pytest_deselected(items=before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)
        if self.lists and report.when == "teardown" and report.nodeid not in self.failed:
            name = report.nodeid.rpartition("@")[0] if hasattr(report, "node") else report.nodeid
            self.listing.parent.mkdir(exist_ok=True)
            with self.listing.open("a") as file:
                file.write(f"{name}\n")

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if not self.lists:
            return
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self.passed:
            session.exitstatus = pytest.ExitCode.OK  # all of them passed before
        if session.exitstatus == pytest.ExitCode.OK:
            self.listing.unlink(missing_ok=True)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Resume(), "resume")

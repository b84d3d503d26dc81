"""A pytest plugin that notes which test runs which line of `repro`, and how long each test takes.

    MUTANTS_MAP=FOLDER python -m pytest -p mutants.recorder ...

Every test process writes two files of its own into FOLDER. What a fixture of a module or session runs is
noted under the fixture's name, since the tests after the first find it made. Caches of test modules are
emptied before each test for the same reason. A process that a test starts writes under that test's name.
"""

import functools
import json
import os
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, TextIO

import coverage
import hypothesis
import pytest

TIERS = ("slow", "exhaustive")  # marks, from the cheaper tier to the dearer one


def pytest_configure(config: pytest.Config) -> None:
    patient = [hypothesis.HealthCheck.too_slow]  # on a busy machine, and counting lines takes time
    hypothesis.settings.register_profile("recorded", suppress_health_check=patient, deadline=None)
    hypothesis.settings.load_profile("recorded")
    leads_others = getattr(config.option, "numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ
    if not leads_others:
        config.pluginmanager.register(Recorder(Path(os.environ["MUTANTS_MAP"]), Path(config.rootpath)))


class Recorder:
    def __init__(self, folder: Path, root: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.root = folder, root
        self.file: TextIO = (folder / f"tests.{time.time_ns()}-{os.getpid()}.jsonl").open("w")
        own = str(folder / f"lines.{time.time_ns()}-{os.getpid()}")
        self.coverage = coverage.Coverage(data_file=own, source=[str(root / "repro")], config_file=False)
        self._for_processes_of_tests()
        self.coverage.start()
        self.context, self.shared_seconds = "", 0.0
        self.seconds, self.passed = 0.0, True

    def _for_processes_of_tests(self) -> None:
        settings = self.folder / f"processes-{os.getpid()}.ini"
        settings.write_text(
            f"[run]\nparallel = true\ncontext = ${{MUTANTS_CONTEXT}}\nsource = {self.root / 'repro'}\n"
            f"data_file = {self.folder / 'lines'}\n"
        )
        os.environ["COVERAGE_PROCESS_START"] = str(settings)

    def _note(self, record: dict[str, Any]) -> None:
        self.file.write(json.dumps(record) + "\n")
        self.file.flush()

    def _switch(self, context: str) -> str:
        before, self.context = self.context, context
        self.coverage.switch_context(context)
        os.environ["MUTANTS_CONTEXT"] = context.replace("$", "")
        return before

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        _empty_caches(self.root / "tests")
        name = _name(item)
        self._switch(name)
        self.seconds, self.shared_seconds, self.passed = 0.0, 0.0, True
        result = yield
        self._switch("")
        tier = max(
            (1 + TIERS.index(mark.name) for mark in item.iter_markers() if mark.name in TIERS), default=0
        )
        seconds = max(0.0, self.seconds - self.shared_seconds)
        used = [_key(f[-1]) for f in _fixtures(item).values() if f[-1].scope != "function"]
        self._note({"test": name, "tier": tier, "seconds": seconds, "passed": self.passed, "uses": used})
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, object, object]:
        if fixturedef.scope == "function":
            return (yield)
        before, start, inner = self._switch(_key(fixturedef)), time.monotonic(), self.shared_seconds
        result = yield
        seconds = time.monotonic() - start - (self.shared_seconds - inner)
        self.shared_seconds += seconds
        self._switch(before)
        self._note({"fixture": _key(fixturedef), "seconds": seconds})
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds += report.duration
        self.passed &= report.passed

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        self.coverage.save()
        self.file.close()


def _name(item: pytest.Item) -> str:
    """The test as one types it: xdist adds the groups that it belongs to."""
    groups = {str(mark.args[0]) for mark in item.iter_markers("xdist_group") if mark.args}
    return item.nodeid.removesuffix(f"@{'_'.join(sorted(groups))}") if groups else item.nodeid


def _fixtures(item: pytest.Item) -> dict[str, Any]:
    return getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})


def _key(fixturedef: Any) -> str:
    return f"fixture {fixturedef.baseid} {fixturedef.argname}"


def _empty_caches(tests: Path) -> None:
    for module in list(sys.modules.values()):
        if (getattr(module, "__file__", None) or "").startswith(str(tests)):
            for value in list(vars(module).values()):
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()

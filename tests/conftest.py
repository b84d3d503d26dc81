"""Puts this folder on the import path, so that tests read `from oracles.losses import ...`."""

import fcntl
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Quiet before TensorFlow is first imported: its start-up lines would bury a failing test.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

# What the tests of a paper look at; all others take every row.
_ROWS = {1: ["--rows", "table3/", "table4", "table6", "table7", "fractions"]}


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """A paper's whole run on the demo set at tiny size: paper -> its home, a copy to do with as one likes.

    The run itself is made once, by the test process that asks first; the others wait for it.
    """
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared

    def home(paper: int) -> Path:
        from helpers.tiny_demo import tiny_demo
        from repro.cli import main

        made = shared / f"tiny-paper{paper}"
        with (shared / f"tiny-paper{paper}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (made / "finished").exists():
                command = [f"paper{paper}", "demo", "--preset", "tiny", "--data", str(tiny_demo())]
                assert main([*command, "--out", str(made), *_ROWS.get(paper, [])]) == 0
                (made / "finished").touch()
        return Path(shutil.copytree(made, tmp_path_factory.mktemp(f"paper{paper}") / "home"))

    return home

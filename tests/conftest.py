"""The import path of the tests, one thread for each test process, no graphs, and the shared runs."""

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

# Test processes run side by side, one a core; what is set from outside stands.
for _variable in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "OPENCV_FOR_THREADS_NUM",
):
    os.environ.setdefault(_variable, "1")
# Quiet before TensorFlow is first imported: its start-up lines would bury a failing test.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

from helpers.eager import run_eagerly  # noqa: E402

# A busy machine makes no example wrong.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")

COLLECT_EVERY = 8  # files; to look through the heap of this suite takes a third of a second
_files = 0  # that this process has behind it
FIRST = ("paper5", "paper4", "paper1", "paper3", "paper2")  # the dearest groups, dearest first


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests go to one process, unless they say which group they belong to; dear groups first."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    group = item.get_closest_marker("xdist_group").args[0]  # type: ignore[union-attr]
    return FIRST.index(group) if group in FIRST else len(FIRST)


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not look at TensorFlow's objects after every file."""
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests run without graphs, unless they are about them: to trace a small network is most of its time."""
    run_eagerly(item.get_closest_marker("graph") is None)


@pytest.fixture(autouse=True, scope="module")
def _small_memory() -> Iterator[None]:
    """What a file's tests built goes before the next file; what hangs together in circles, every so often."""
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session(free_memory=False)
    global _files
    _files += 1
    if _files % COLLECT_EVERY == 0:
        gc.collect()


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """A paper's whole run on the demo set at tiny size: paper -> its home, a copy to do with as one likes."""
    made: dict[int, Path] = {}

    def home(paper: int) -> Path:
        from helpers import tiny_runs

        if paper not in made:
            folder = tmp_path_factory.mktemp(f"tiny{paper}") / "home"
            tiny_runs.make(paper, folder)
            made[paper] = folder
        return Path(shutil.copytree(made[paper], tmp_path_factory.mktemp(f"paper{paper}") / "home"))

    return home


@pytest.fixture(scope="session")
def shown_run(tiny_run: Callable[[int], Path]) -> Callable[[int], tuple[Path, int]]:
    """The same with the pictures, as its notebook leaves it: paper -> its home, and how many cells showed."""
    made: dict[int, tuple[Path, int]] = {}

    def shown(paper: int) -> tuple[Path, int]:
        from helpers import tiny_runs

        if paper not in made:
            home = tiny_run(paper)
            made[paper] = (home, tiny_runs.show(paper, home))
        return made[paper]

    return shown

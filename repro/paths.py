"""Where data, weights, caches, runs and results live; the only reader of environment variables.

`REPRO_HOME` moves everything that is made (data, cache, runs, results) to another folder; without it
they lie in the checkout, or, where `repro` was installed, in the user's folder for data. What ships with
the project (weights, class lists) never moves: it lies in the checkout, or inside the installed package.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
PROJECT = PACKAGE.parent  # installed: the folder of all packages
_SHIPPED = "shipped"  # only an installed package has it: setup.py puts both folders there


@dataclass(frozen=True)
class Paths:
    """The folders one command works in; made on demand by whoever writes into them."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @property
    def runs(self) -> Path:
        return self.home / "runs"

    @property
    def results(self) -> Path:
        return self.home / "results"


def installed() -> bool:
    """Whether this is an installed package, not a checkout."""
    return (PACKAGE / _SHIPPED).is_dir()


def weights_folder() -> Path:
    """The manifest and the stand-in weights that ship with the project."""
    return _shipped("weights")


def converted_weights(shipped: Path) -> Path:
    """Where fetched and converted weights lie: beside the `shipped` ones, or, installed, in `REPRO_HOME`."""
    return default_paths().home / "weights" if installed() else shipped


def data_lists_folder() -> Path:
    """Class lists, split rules and expected counts that ship with the project."""
    return _shipped("data_lists")


def _shipped(name: str) -> Path:
    return (PACKAGE / _SHIPPED if installed() else PROJECT) / name


def default_paths(home: Path | None = None) -> Paths:
    """`home` if given, else `REPRO_HOME`, else the checkout, or the user's folder where there is none."""
    named = os.environ.get("REPRO_HOME")
    return Paths((home or (Path(named) if named else _own_home())).resolve())


def published_results() -> Path:
    """What `publish` made of finished runs: the checkout's own folder, wherever `REPRO_HOME` may be."""
    return default_paths().results if installed() else PROJECT / "results"


def _own_home() -> Path:
    """XDG's rule in its two lines; a package that knows the rules of other systems would be one more pin."""
    if not installed():
        return PROJECT
    named = os.environ.get("XDG_DATA_HOME", "")  # a relative one is to be passed over, says XDG
    data = Path(named) if Path(named).is_absolute() else Path.home() / ".local" / "share"
    return data / "repro"


def worker_variables() -> dict[str, str]:
    """What TF_CONFIG or Slurm say of the processes that train together, as it stands in the environment."""
    return {name: value for name, value in os.environ.items() if name.startswith(("TF_CONFIG", "SLURM_"))}


def quiet_engine() -> None:
    """TensorFlow's own log of errors only, unless the user asked for more; run.sh says the same."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def seen_from_here(path: str | Path) -> str:
    """A path from the root on, links left as they are: equal for two that mean the same from this folder."""
    return os.path.abspath(path)  # noqa: PTH100, Path.absolute keeps `..`


def quiet_decoder() -> None:
    """OpenCV's FFmpeg prints nothing of a file or an address, unless the user asked for it: errors say it."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


@contextmanager
def terminal_width(columns: int) -> Iterator[None]:
    """In the block rich takes the terminal to be so wide; where there is none, it would be 80."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(columns)
    try:
        yield
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before


def quiet_app() -> None:
    """Gradio counts nothing and asks no server for its newest version."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"


_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)


def threads_at_start(threads: int) -> tuple[str, ...]:
    """What stands before a command, so that it computes with so many threads and says little."""
    return ("env", *(f"{name}={threads}" for name in _THREADS), "TF_CPP_MIN_LOG_LEVEL=2")


def short_path(path: Path) -> str:
    """A path as it is printed: relative to the current folder where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)

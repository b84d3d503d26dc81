"""Where data, weights, caches, runs and results live; the only reader of environment variables.

`REPRO_HOME` moves everything that is made (data, cache, runs, results) to another folder; without it
they lie in the checkout. What ships with the project (weights, class lists) never moves.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Places:
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


def weights_folder() -> Path:
    """The manifest and the stand-in weights that ship with the project."""
    return PROJECT / "weights"


def data_lists_folder() -> Path:
    """Class lists, split rules and expected counts that ship with the project."""
    return PROJECT / "data_lists"


def default_places(home: Path | None = None) -> Places:
    """`home` if given, else `REPRO_HOME`, else the checkout."""
    return Places((home or Path(os.environ.get("REPRO_HOME") or PROJECT)).resolve())


def shown(path: Path) -> str:
    """A path as it is printed: relative to the current folder where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)

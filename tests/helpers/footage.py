"""Where the real clips and official lists are, when they lie beside the project (never part of it).

`REPRO_SHARED` names their folder; without it `../shared` beside the checkout is tried.
"""

import os
from pathlib import Path

import pytest

_BESIDE = Path(os.environ.get("REPRO_SHARED") or Path(__file__).resolve().parents[3] / "shared")

FOOTAGE: Path | None = _BESIDE / "footage" if (_BESIDE / "footage").is_dir() else None
LISTS: Path | None = _BESIDE / "lists" if (_BESIDE / "lists").is_dir() else None
PAPERS: Path | None = _BESIDE / "papers" if (_BESIDE / "papers").is_dir() else None


def needs_footage(test):
    """Marks a test that reads real clips or official lists; says so when they are absent."""
    skip = pytest.mark.skipif(
        FOOTAGE is None or LISTS is None,
        reason=f"no footage/ and lists/ in {_BESIDE}; REPRO_SHARED names their folder",
    )
    return pytest.mark.footage(skip(test))

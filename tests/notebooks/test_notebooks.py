"""The notebooks run from top to bottom at tiny size, and the committed ones carry their pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.tiny_demo import GROUPS, tiny_demo
from notebooks import make as notebooks


def _tiny(name: str, tiny_run: Callable[[int], Path]) -> dict[str, Any]:
    """The parameters of a notebook at tiny size; a paper's finds its run finished."""
    if name == "demo_tour":
        return {"CLIPS_PER_GROUP": 1, "GROUPS": GROUPS, "FOLDER": str(tiny_demo())}
    home = tiny_run(int(name.removeprefix("paper")))
    return {"PRESET": "tiny", "DATA": str(tiny_demo()), "OUT": str(home)}


@pytest.mark.slow
@pytest.mark.parametrize("source", notebooks.SOURCES, ids=lambda path: path.stem)
def test_notebook_runs_at_tiny_size(source: Path, tmp_path: Path, tiny_run: Callable[[int], Path]) -> None:
    target = tmp_path / "made.ipynb"
    notebooks.make(source, target, _tiny(source.stem, tiny_run), timeout_s=300)
    assert _pictures(target) >= 3


@pytest.mark.parametrize("source", notebooks.SOURCES, ids=lambda path: path.stem)
def test_committed_notebook_is_made_from_its_source(source: Path) -> None:
    committed = nbformat.read(notebooks.HERE / f"{source.stem}.ipynb", as_version=4)
    cells = [cell.source for cell in committed.cells]
    assert cells == [cell.source for cell in notebooks.read(source).cells]
    assert _pictures(notebooks.HERE / f"{source.stem}.ipynb") >= 3


def _pictures(path: Path) -> int:
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)

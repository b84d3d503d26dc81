"""The notebooks run from top to bottom at tiny size, and the committed ones carry their pictures."""

from pathlib import Path

import nbformat
import pytest

from helpers.tiny_demo import GROUPS, tiny_demo
from notebooks import make as notebooks

TINY = {
    "demo_tour": lambda out: {"CLIPS_PER_GROUP": 1, "GROUPS": GROUPS, "FOLDER": str(tiny_demo())},
    "paper1": lambda out: {"PRESET": "tiny", "DATA": str(tiny_demo()), "OUT": str(out)},
    "paper2": lambda out: {"PRESET": "tiny", "DATA": str(tiny_demo()), "OUT": str(out)},
    "paper3": lambda out: {"PRESET": "tiny", "DATA": str(tiny_demo()), "OUT": str(out)},
    "paper4": lambda out: {"PRESET": "tiny", "DATA": str(tiny_demo()), "OUT": str(out)},
    "paper5": lambda out: {"PRESET": "tiny", "DATA": str(tiny_demo()), "OUT": str(out)},
}


@pytest.mark.slow
@pytest.mark.parametrize("source", notebooks.SOURCES, ids=lambda path: path.stem)
def test_notebook_runs_at_tiny_size(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "made.ipynb"
    notebooks.make(source, target, TINY[source.stem](tmp_path), timeout_s=300)
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

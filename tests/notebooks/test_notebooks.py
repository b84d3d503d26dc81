"""The notebooks run from top to bottom at tiny size, and the committed ones carry their pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from matplotlib import pyplot as plt

from helpers import tiny_runs
from helpers.tiny_demo import GROUPS, tiny_demo
from notebooks import make as notebooks

TOUR = next(source for source in notebooks.SOURCES if source.stem == "demo_tour")
SOURCE = {paper: TOUR.with_name(f"paper{paper}.py") for paper in tiny_runs.PAPERS}


def _tour() -> dict[str, Any]:
    return {"CLIPS_PER_GROUP": 1, "GROUPS": GROUPS, "FOLDER": str(tiny_demo())}


def _of_paper(paper: int, home: Path) -> dict[str, Any]:
    """The parameters at tiny size; the notebook finds its run finished."""
    rows = tiny_runs.rows(paper)[1:]
    return {"PRESET": "tiny", "DATA": str(tiny_demo()), "OUT": str(home), "ROWS": rows}


def test_every_source_is_run() -> None:
    assert set(notebooks.SOURCES) == {TOUR, *SOURCE.values()}


@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_a_papers_cells_run_and_show_pictures(
    paper: int, tiny_run: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process: a kernel of its own would import everything again."""
    shown: list[int] = []

    def show() -> None:
        shown.extend(plt.get_fignums())
        plt.close("all")

    plt.switch_backend("agg")
    monkeypatch.setattr(plt, "show", show)
    notebook = notebooks.read(SOURCE[paper], _of_paper(paper, tiny_run(paper)))
    names: dict[str, Any] = {}
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            exec(compile(cell.source, f"paper {paper}, cell {number}", "exec"), names)
    assert len(shown) >= 3


@pytest.mark.slow
def test_the_tour_runs_in_a_kernel(tmp_path: Path) -> None:
    target = tmp_path / "made.ipynb"
    notebooks.make(TOUR, target, _tour(), timeout_s=300)
    assert _pictures(target) >= 3


@pytest.mark.exhaustive
@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_a_papers_notebook_runs_in_a_kernel(
    paper: int, tiny_run: Callable[[int], Path], tmp_path: Path
) -> None:
    target = tmp_path / "made.ipynb"
    notebooks.make(SOURCE[paper], target, _of_paper(paper, tiny_run(paper)), timeout_s=600)
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

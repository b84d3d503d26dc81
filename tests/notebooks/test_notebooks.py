"""The notebooks run from top to bottom at tiny size, and the committed ones carry their pictures."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from helpers import tiny_runs
from helpers.footage import FOOTAGE
from helpers.small_layouts import GROUPS, make_small
from notebooks import make as notebooks

REAL = notebooks.HERE / "sources/real_video.py"
TOUR = notebooks.HERE / "sources/demo_tour.py"


def test_every_source_is_run() -> None:
    assert set(notebooks.SOURCES) == {TOUR, REAL, *tiny_runs.SOURCE.values()}


@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_a_papers_cells_run_and_show_pictures(
    paper: int, shown_run: Callable[[int], tuple[Path, int]]
) -> None:
    _, shown = shown_run(paper)
    assert shown >= 3


@pytest.mark.slow
def test_the_tour_runs_in_a_kernel(tmp_path: Path) -> None:
    folder, target = tmp_path / "demo", tmp_path / "made.ipynb"
    make_small(folder, "ucf101", GROUPS)
    small = {"CLIPS_PER_GROUP": 1, "GROUPS": GROUPS, "FOLDER": str(folder)}
    notebooks.make(TOUR, target, small, timeout_s=300)
    assert _pictures(target) >= 3


@pytest.mark.slow
@pytest.mark.exhaustive
def test_real_video_runs_in_a_kernel(tmp_path: Path) -> None:
    """With a clip of JHMDB-21 where there is footage, which draws two pictures more."""
    target = tmp_path / "made.ipynb"
    given = {"FOOTAGE": str(FOOTAGE / "jhmdb21")} if FOOTAGE else {}
    notebooks.make(REAL, target, given, timeout_s=600)
    assert _pictures(target) == (7 if FOOTAGE else 5)


@pytest.mark.exhaustive
@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_a_papers_notebook_runs_in_a_kernel(
    paper: int, tiny_run: Callable[[int], Path], tmp_path: Path
) -> None:
    target = tmp_path / "made.ipynb"
    notebooks.make(
        tiny_runs.SOURCE[paper], target, tiny_runs.of_notebook(paper, tiny_run(paper)), timeout_s=600
    )
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

"""Every paper's folder holds the files of repro/LAYOUT.md, each with something of its own in it."""

import ast
import re
from itertools import combinations
from pathlib import Path

import pytest

REPRO = Path(__file__).resolve().parents[2] / "repro"
FOLDERS = sorted(REPRO.glob("paper?"))
TABLE = (REPRO / "LAYOUT.md").read_text().split("## Inside a paper's folder")[1].split("## ")[0]
FILES = {
    name for cell in re.findall(r"^\| (`.+?) \|", TABLE, re.M) for name in re.findall(r"`([^`]+)`", cell)
}
LONGEST_RUN = 12  # of equal lines in two papers: what is longer belongs into a room that both use


def test_there_are_five_papers_and_a_table() -> None:
    assert len(FOLDERS) == 5
    assert {"README.md", "__init__.py", "recipe.py", "pipeline.py", "printed.csv"} < FILES


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_paper_has_the_files_of_every_paper(folder: Path) -> None:
    assert FILES - {path.name for path in folder.iterdir()} == set()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_module_that_a_readme_names_is_there(folder: Path) -> None:
    """From `repro/` or from the paper's folder."""
    named = set(re.findall(r"`([^`\s]+\.py)`", (folder / "README.md").read_text()))
    assert named
    assert {name for name in named if not any((root / name).is_file() for root in (REPRO, folder))} == set()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_none_is_a_stub(folder: Path) -> None:
    """A module that only hands on another's names has no class, no function and no value of its own."""
    for path in folder.glob("*.py"):
        made = [
            node
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            or (isinstance(node, ast.Assign | ast.AnnAssign) and "__all__" not in ast.unparse(node))
        ]
        assert made, path


def _lines(path: Path) -> list[str]:
    """Without empty ones and imports."""
    text = [line.strip() for line in path.read_text().splitlines()]
    return [line for line in text if line and not line.startswith(("from ", "import "))]


def _longest_common_run(one: list[str], other: list[str]) -> int:
    longest, ends = 0, [0] * (len(other) + 1)
    for line in one:
        before, ends = ends, [0] * (len(other) + 1)
        for position, theirs in enumerate(other, start=1):
            if line == theirs:
                ends[position] = before[position - 1] + 1
                longest = max(longest, ends[position])
    return longest


def test_a_run_is_found() -> None:
    assert _longest_common_run(list("xabcy"), list("abcabd")) == 3


@pytest.mark.parametrize(("one", "other"), combinations(FOLDERS, 2), ids=lambda folder: folder.name)
def test_two_papers_repeat_nothing(one: Path, other: Path) -> None:
    for ours in one.glob("*.py"):
        for theirs in other.glob("*.py"):
            run = _longest_common_run(_lines(ours), _lines(theirs))
            assert run <= LONGEST_RUN, f"{ours} and {theirs} share {run} lines"

"""Papers 1 and 2 from the command line on every data set of theirs, drawn in its owner's layout."""

import json
from pathlib import Path

import pytest

from helpers.tiny_demo import tiny_demo
from repro.cli import main
from repro.demo.make import make

CASES = [
    ("paper1", "ucf101", "table4/ours", ["1", "2"]),
    ("paper1", "jhmdb21", "table5/plgl-w-2048", ["2"]),
    ("paper2", "ucf101", "table3/context+action", ["2"]),
    ("paper2", "jhmdb21", "table1/context+action", ["1"]),
    ("paper2", "ut_interaction", "table2", ["3", "13"]),
]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The tiny demo set in each layout."""
    folders = {"ucf101": tiny_demo()}
    for layout, groups in (("jhmdb21", 10), ("ut_interaction", 20)):
        folders[layout] = tmp_path_factory.mktemp(layout)
        make(folders[layout], layout, clips_per_group=1, groups=groups, processes=1)
    return folders


@pytest.mark.slow
@pytest.mark.parametrize(("paper", "dataset", "rows", "splits"), CASES, ids=lambda value: str(value))
def test_it_runs_end_to_end(
    drawn: dict[str, Path], tmp_path: Path, paper: str, dataset: str, rows: str, splits: list[str]
) -> None:
    command = [paper, dataset, "--data", str(drawn[dataset]), "--out", str(tmp_path), "--preset", "tiny"]
    assert main([*command, "--rows", rows, "--split", *splits, "--partial"]) == 0
    files = list((tmp_path / "results" / paper / f"{dataset}-tiny").glob("*.json"))
    assert files
    for file in files:
        content = json.loads(file.read_text())
        assert [run["split"] for run in content["runs"]] == splits
        assert 0 <= content["own"]["mean"]["value"] <= 100
        if dataset == "ut_interaction":
            assert set(content["own"]["sets"]) == {"set 1", "set 2"}

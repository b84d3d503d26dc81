"""Every row of every table and figure of each paper, from video files, with graphs, at tiny size."""

import json
from pathlib import Path

import pytest

from helpers import tiny_runs
from helpers.eager import graphs
from repro.cli import main
from repro.experiment.rows import chosen
from repro.papers import PAPERS


@pytest.mark.exhaustive
@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_every_row_has_its_result(paper: int, tmp_path: Path) -> None:
    with graphs():
        assert main(tiny_runs.command(paper, tmp_path)) == 0
    wanted = {row.id for row in chosen(PAPERS[paper].rows("demo"), ["all"])}
    folder = tiny_runs.run_folder(paper, tmp_path) / "results"
    results = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    assert {result["id"] for result in results} == wanted
    for result in results:
        for value in result["own"]["mean"].values():
            assert -100 <= value <= 100, result["id"]

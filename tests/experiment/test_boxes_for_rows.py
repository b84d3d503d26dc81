"""A run of rows that are measured against boxes, which are not there, ends before it trains anything."""

import shutil
from pathlib import Path

import pytest

from helpers import tiny_runs
from helpers.experiments import experiment_of
from helpers.tiny_demo import tiny_demo
from repro.cli import main
from repro.papers import PAPERS
from repro.training.run_folder import RunFolder
from repro.types import InputError, Split, VideoRef


@pytest.mark.parametrize(("paper", "metric"), [(1, "inside"), (2, "inside"), (4, "recall"), (4, "tube_map")])
def test_boxes_that_are_not_there_are_refused(paper: int, metric: str, tmp_path: Path) -> None:
    rows = [row for row in PAPERS[paper].rows("jhmdb21") if row.metric == metric]
    others = [row for row in PAPERS[paper].rows("jhmdb21") if not row.needs_boxes]
    split = Split("jhmdb21", "1", ("c",), (), (VideoRef("c/v", tmp_path / "none.avi", 0, "g"),))
    with RunFolder(tmp_path / "run") as folder:
        chosen = PAPERS[paper].recipe("tiny")
        experiment = experiment_of(tmp_path, folder, split, chosen, {"c/v": 6}, data=tmp_path)
        with pytest.raises(InputError, match=r"no boxes in .*puppet_mask\.zip"):
            PAPERS[paper].pipeline(experiment, rows[:1]).require_boxes()
        PAPERS[paper].pipeline(experiment, others[:1]).require_boxes()


@pytest.mark.slow
@pytest.mark.parametrize(("paper", "row"), [(2, "inside"), (4, "fig4a/video_lstm")])
def test_the_command_ends_before_it_trains_anything(
    paper: int, row: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = tmp_path / "drawn"
    shutil.copytree(tiny_demo(), drawn, ignore=shutil.ignore_patterns("ground_truth"))
    command = tiny_runs.command(paper, tmp_path / "out", "--rows", row, "--data", str(drawn))
    assert main(command) == 2
    said = capsys.readouterr()
    assert "ground_truth" in said.err
    assert "[2/" not in said.out  # the stage after the data

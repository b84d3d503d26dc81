"""Every pair of a paper and a data set from the command line, on drawn clips in the owner's layout."""

import json
from pathlib import Path

import pytest

from helpers.six_classes import six_classes
from helpers.tiny_demo import tiny_demo
from repro.cli import main
from repro.demo.make import make

pytestmark = [pytest.mark.slow, pytest.mark.exhaustive, pytest.mark.xdist_group("layouts")]

CASES = [
    (1, "ucf101", ["table4/ours"], ["1", "2"]),
    (1, "jhmdb21", ["table5/plgl-w-2048"], ["2"]),
    (2, "ucf101", ["table3/context+action"], ["2"]),
    (2, "jhmdb21", ["table1/context+action"], ["1"]),
    (2, "ut_interaction", ["table2"], ["3", "13"]),
    (3, "activitynet", ["table1/alstm-vgg_sce-fc8"], ["1"]),
    (3, "jhmdb21", ["table1", "mean"], ["2"]),
    (3, "hollywood2", ["table4/c3d-fc8", "table4/alstm-vgg_sce-fc8", "--start-from", "scratch"], ["1"]),
    (4, "ucf101", ["table2/motion-ConvALSTM"], ["1"]),
    (4, "hmdb51", ["table2/motion-ConvALSTM"], ["1"]),
    (4, "thumos13", ["fig4a/video_lstm", "fig4b/video_lstm"], ["1"]),
    (5, "ucf101", ["table4"], ["2"]),
    (5, "hmdb51", ["table4"], ["2"]),
    (5, "jhmdb21", ["table2/conv5_3"], ["2"]),
]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The tiny demo set in each layout."""
    folders = {"ucf101": tiny_demo()}
    for layout in ("jhmdb21", "ut_interaction", "hmdb51", "thumos13", "activitynet", "hollywood2"):
        folders[layout] = tmp_path_factory.mktemp(layout)
        groups = {"ut_interaction": 20, "activitynet": 12, "hollywood2": 12}.get(layout, 10)
        with six_classes():
            make(folders[layout], layout, clips_per_group=1, groups=groups, processes=1)
    return folders


@pytest.mark.parametrize(("paper", "dataset", "rows", "splits"), CASES, ids=lambda value: str(value))
def test_it_runs_end_to_end(
    drawn: dict[str, Path], tmp_path: Path, paper: int, dataset: str, rows: list[str], splits: list[str]
) -> None:
    options = ["--data", str(drawn[dataset]), "--out", str(tmp_path), "--preset", "tiny", "--partial"]
    assert main([f"paper{paper}", dataset, *options, "--split", *splits, "--rows", *rows]) == 0
    name = f"split{splits[0]}-tiny-seed0" if len(splits) == 1 else "tiny-together"
    files = list((tmp_path / f"runs/paper{paper}/{dataset}-{name}/results").glob("*.json"))
    assert files
    for file in files:
        content = json.loads(file.read_text())
        assert [run["split"] for run in content["runs"]] == splits
        for value in content["own"]["mean"].values():
            assert 0 <= value <= 100
    pictures = list((tmp_path / f"runs/paper{paper}").rglob("figures/*.png"))
    assert pictures

"""One command-line run of each kind of protocol, on clips of noise in the owners' layouts, at tiny size.

With `--all` the same on the drawn clips, and every pair of a paper and a data set (test_every_layout.py).
"""

import json
from pathlib import Path

import numpy as np
import pytest

from helpers.six_classes import six_classes
from helpers.small_layouts import make_small
from repro import score_file
from repro.backbones.weights import read
from repro.cli import main

pytestmark = pytest.mark.slow
# Of 20 folds each needs one; a class needs two in training, also where a video joins three clips.
GROUPS = {"ut_interaction": 20, "activitynet": 12, "hollywood2": 12}
FRAMES = {"activitynet": 20, "hollywood2": 20}  # a window of paper 3 has 12


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("protocols")


def _run(home: Path, paper: int, dataset: str, *more: str) -> int:
    data = home / "data" / dataset
    if not data.exists():
        with six_classes():
            make_small(data, dataset, GROUPS.get(dataset, 10), FRAMES.get(dataset, 6))
    options = ["--preset", "tiny", "--data", str(data), "--out", str(home / f"paper{paper}")]
    return main([f"paper{paper}", dataset, *options, *more])


def _results(home: Path, paper: int, dataset: str, run: str = "split1-tiny-seed0") -> dict[str, dict]:
    folder = home / f"paper{paper}/runs/paper{paper}/{dataset}-{run}/results"
    contents = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    return {content["id"]: content for content in contents}


@pytest.mark.exhaustive
def test_folds_of_two_sets(home: Path) -> None:
    """UT-Interaction: splits 3 and 13 are folds of sets 1 and 2."""
    rows = ["--rows", "table2/context+action-mslstm", "--split", "3", "13"]
    assert _run(home, 2, "ut_interaction", *rows, "--stage", "evaluate") == 0
    results = _results(home, 2, "ut_interaction", "tiny-together")
    assert len(results) == 2
    for content in results.values():
        assert [run["split"] for run in content["runs"]] == ["3", "13"]
        assert set(content["own"]["sets"]) == {"set 1", "set 2"}
        assert 0 <= content["own"]["mean"]["value"] <= 100


def test_joints_and_masks_are_left_alone(home: Path) -> None:
    """JHMDB-21: its annotation lies beside the videos, its splits are files."""
    rows = ["--rows", "table1/context+action", "--split", "2", "--stage", "evaluate"]
    assert _run(home, 2, "jhmdb21", *rows) == 0
    results = _results(home, 2, "jhmdb21", "split2-tiny-seed0").values()
    assert [[run["split"] for run in content["runs"]] for content in results] == [["2"]] * len(results) != []


@pytest.mark.exhaustive
def test_segments_then_clips_of_several_classes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Paper 3: ActivityNet's segments in seconds; Hollywood2 starts from that run."""
    row = "alstm-vgg_sce-fc8"
    stage = ["--stage", "evaluate"]
    assert _run(home, 3, "activitynet", "--rows", f"table1/{row}", *stage) == 0
    assert "annotated samples are there" in capsys.readouterr().out
    before = home / "paper3/runs/paper3/activitynet-split1-tiny-seed0"
    scores = score_file.read(before / "scores/c3d-alstm-sce-fc8.npz")
    assert scores.positive is None
    assert "/" in scores.video_ids[0]  # the number of the annotation
    assert len(_results(home, 3, "activitynet")) == 2

    rows = ["--rows", f"table4/{row}", *stage]
    assert _run(home, 3, "hollywood2", *rows) == 2
    assert "--start-from" in capsys.readouterr().err
    assert _run(home, 3, "hollywood2", *rows, "--start-from", str(home / "nowhere")) == 2
    assert "nowhere" in capsys.readouterr().err
    assert _run(home, 3, "hollywood2", *rows, "--start-from", str(before), "--no-resume") == 0
    after = home / "paper3/runs/paper3/hollywood2-split1-tiny-seed0"
    scores = score_file.read(after / "scores/c3d-alstm-sce-fc8-hollywood2.npz")
    assert scores.positive is not None
    assert scores.positive.sum(axis=1).max() == 2
    started = read(before / "sequence/c3d-alstm-sce-fc8/best.npz")
    trained = read(after / "sequence/c3d-alstm-sce-fc8-hollywood2/final.npz")
    _a_few_small_steps_away(started["sigmoid/kernel"], trained["sigmoid/kernel"])
    (result,) = _results(home, 3, "hollywood2").values()
    assert set(result["own"]["mean"]) == {"value", "interpolated"}


def test_boxes_are_localised_against_their_annotation(home: Path) -> None:
    """Paper 4 on THUMOS13."""
    rows = ["--rows", "fig4a/video_lstm", "fig4b/video_lstm", "--stage", "evaluate"]
    assert _run(home, 4, "thumos13", *rows) == 0
    results = _results(home, 4, "thumos13")
    assert len(results) == 3
    values = list(results["fig4a/video_lstm-smoothed"]["own"]["mean"].values())
    assert values == sorted(values, reverse=True)
    assert values[0] > 50  # a tube of nearly the whole frame overlaps every actor by a twentieth


def test_two_networks_start_from_a_run_on_another_data_set(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Paper 4, 5.2: HMDB51 from UCF101, all layers but the last of each network; the VGG networks too."""
    rows = ["--rows", "table2/motion-ConvALSTM", "--stage", "evaluate"]
    assert _run(home, 4, "ucf101", *rows) == 0
    assert _run(home, 4, "hmdb51", *rows, "--start-from", str(home / "nowhere")) == 2
    assert "nowhere" in capsys.readouterr().err
    before = home / "paper4/runs/paper4/ucf101-split1-tiny-seed0"
    assert _run(home, 4, "hmdb51", *rows, "--start-from", str(before), "--no-resume") == 0
    started = home / "paper4/runs/paper4/hmdb51-split1-tiny-seed0"
    for name, kernel in (("rgb_vgg.npz", "conv5_3/kernel"), ("flow_vgg.npz", "conv3_1/kernel")):
        _a_few_small_steps_away(read(before / name)[kernel], read(started / name)[kernel])


def test_rows_of_a_split_run_on_that_split(home: Path) -> None:
    """Paper 5 on HMDB51: split 2's rows and the averages."""
    rows = ["--split", "2", "--rows", "table4", "--stage", "evaluate"]
    assert _run(home, 5, "hmdb51", *rows) == 0
    results = _results(home, 5, "hmdb51", "split2-tiny-seed0")
    fusions = ("early", "late")
    assert set(results) == {
        f"table4/{which}-{fusion}" for which in ("split2", "average") for fusion in fusions
    }
    assert results["table4/average-late"]["state"] == "split 2 of 3"


@pytest.mark.exhaustive  # every layout of every paper is there
def test_flow_as_a_third_branch_and_unpooled_maps(home: Path) -> None:
    rows = ("readings/flow", "readings/conv3x3s2", "readings/no-scale", "readings/reduction-in-vgg")
    assert _run(home, 5, "ucf101", "--rows", *rows, "--stage", "evaluate") == 0
    results = _results(home, 5, "ucf101")
    assert set(results) == set(rows)
    for content in results.values():
        assert 0 <= content["own"]["mean"]["value"] <= 100
    networks = [path.name.split("-ucf101")[0] for path in (home / "paper5/cache/networks").iterdir()]
    assert {"rgb-maps", "rgb-reduced-maps", "flow-maps"} <= set(networks)


def _a_few_small_steps_away(before: np.ndarray, after: np.ndarray) -> None:
    """Not where it started, and nowhere near another draw."""
    assert (before != after).any()
    np.testing.assert_allclose(after, before, rtol=0, atol=0.01)

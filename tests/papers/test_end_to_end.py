"""Each paper at tiny size, from video files to tables and pictures: complete, reused, and used to predict."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers import tiny_runs
from helpers.tiny_demo import tiny_demo
from repro.cli import main
from repro.experiment.rows import chosen
from repro.inference.json_form import VERSION
from repro.papers import PAPERS

PROMISED = {
    1: (
        "early_warning.webm",
        "frame_network.npz",
        "figures/losses.png",
        "figures/features.png",
        "figures/per_class.png",
        "figures/gate.png",
        "figures/train-fine_tune.png",
        "figures/train-fine_tune_flow.png",
    ),
    2: (
        "early_warning.webm",
        "frame_network.npz",
        "sequence/context+action-ms_lstm-anticipation/history.csv",
        "figures/losses.png",
        "figures/features.png",
        "figures/baselines.png",
        "figures/per_class.png",
        "figures/time_to_action.png",
        "figures/reliability.png",
        "figures/confusion.png",
        "figures/gate.png",
        "figures/calibration_error.png",
        "figures/mean_average_precision.png",
        "figures/train-fine_tune.png",
    ),
    3: (
        "c3d.npz",
        "act.npz",
        "obj.npz",
        "sequence/c3d-alstm-act-fc8/history.csv",
        "attention/c3d-alstm-act-fc8.npz",
        "figures/filmstrip.png",
        "figures/extremes.png",
        "figures/gains.png",
        "figures/highlighting.png",
        "figures/attention_over_time.png",
        "figures/confusion.png",
    ),
    4: (
        "rgb_vgg.npz",
        "flow_vgg.npz",
        "tube.webm",
        "sequence/rgb-video_lstm/history.csv",
        "figures/attention.png",
        "figures/localisation_steps.png",
        "figures/tube.png",
        "figures/recall.png",
        "figures/map.png",
        "figures/cell_states.png",
        "figures/confusion.png",
    ),
    5: (
        "rgb_vgg.npz",
        "sequence/late/history.csv",
        "sequence/late/updates.csv",
        "sequence/late/epoch-1.npz",
        "sequence/late/epoch-3.npz",
        "figures/joint_maps.png",
        "figures/convergence.png",
        "figures/attention.png",
        "figures/confusion_by_epoch.png",
        "figures/confusion.png",
        "attention.webm",
    ),
}


@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_everything_promised_is_there(paper: int, shown_run: Callable[[int], tuple[Path, int]]) -> None:
    home, _ = shown_run(paper)
    run = tiny_runs.run_folder(paper, home)
    for name in (
        "recipe.json",
        "environment.json",
        "model.json",
        "table.txt",
        "report.html",
        *PROMISED[paper],
    ):
        assert (run / name).stat().st_size > 0, name
    assert "The paper's claims on this data" in (run / "table.txt").read_text()
    environment = json.loads((run / "environment.json").read_text())["sessions"][0]
    assert environment["seed"] == 0
    assert environment["packages"]["keras"]
    trained = [path.parent for path in (home / "cache/networks").glob("*/history.csv")]
    assert trained
    for network in trained:
        assert list((network / "tensorboard").glob("events*"))
        assert (network / "history.csv").stat().st_size > 0


@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_every_row_asked_for_has_its_result(paper: int, tiny_run: Callable[[int], Path]) -> None:
    asked = tiny_runs.rows(paper)[1:]
    wanted = {row.id for row in chosen(PAPERS[paper].rows("demo"), asked)}
    results = [
        json.loads(path.read_text())
        for path in (tiny_runs.run_folder(paper, tiny_run(paper)) / "results").glob("*.json")
    ]
    assert {result["id"] for result in results} == wanted
    for result in results:
        assert result["printed"] is None  # the demo set is compared with itself only
        for name, value in result["own"]["mean"].items():
            low, high = result["own"].get("interval", {}).get(name, (value, value))
            assert -100 <= low <= value <= high <= 100, (result["id"], name)


@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_a_second_call_reuses_every_stage(paper: int, tiny_run: Callable[[int], Path]) -> None:
    home = tiny_run(paper)
    made = [*tiny_runs.run_folder(paper, home).rglob("*.npz"), *(home / "cache").rglob("*.npz")]
    made = [path for path in made if not path.name.startswith("table")]  # fused scores are made anew
    before = {path: path.stat().st_mtime_ns for path in made}
    assert main(tiny_runs.command(paper, home, *tiny_runs.rows(paper), "--stage", "evaluate")) == 0
    assert {path: path.stat().st_mtime_ns for path in made} == before
    assert len(before) > 60  # features of every video, and what was trained on them


@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_a_video_is_predicted_with_the_run(
    paper: int, tiny_run: Callable[[int], Path], tmp_path: Path
) -> None:
    video = sorted((tiny_demo() / "UCF-101" / "Wave").glob("*.avi"))[0]
    run = tiny_runs.run_folder(paper, tiny_run(paper))
    assert main(["predict", str(video), "--run", str(run), "--out", str(tmp_path)]) == 0
    content = json.loads((tmp_path / f"{video.stem}.json").read_text())
    classes = json.loads((run / "model.json").read_text())["classes"]
    assert content["classes"] == classes
    assert content["best"] == classes[int(np.argmax(content["scores"]))]
    assert content["label"] in (content["best"], "uncertain")
    assert (content["version"], content["model"]["run"]) == (VERSION, str(run))
    assert content["files"]
    named = {f"{video.stem}.json", "predictions.csv", *content["files"]}
    assert {path.name for path in tmp_path.iterdir()} == named

"""The main job at tiny size, from video files to figures: complete, reused, resumed after kill -9."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_demo import tiny_demo
from repro import score_file
from repro.backbones.weights import read
from repro.cli import main
from repro.paper2 import experiments

ROOT = Path(__file__).resolve().parents[2]
RUN = "runs/paper2/demo-split1-tiny-seed0"
ROWS = ["table4/context+action", "fractions/mslstm-anticipation"]
NAME = "context+action-ms_lstm-anticipation"


def _command(out: Path, *more: str) -> list[str]:
    return ["paper2", "demo", "--preset", "tiny", "--data", str(tiny_demo()), "--out", str(out), *more]


@pytest.fixture(scope="module")
def finished(tiny_run: Callable[[int], Path]) -> Path:
    """The home of one whole tiny run with every row."""
    return tiny_run(2)


@pytest.mark.slow
def test_everything_promised_is_there(finished: Path) -> None:
    run = finished / RUN
    for name in (
        "recipe.json",
        "environment.json",
        "model.json",
        "table.txt",
        "early_warning.webm",
        "frame_network.npz",
        f"sequence/{NAME}/history.csv",
        "figures/losses.png",
        "figures/features.png",
        "figures/baselines.png",
        "figures/per_class.png",
        "figures/time_to_action.png",
        "figures/reliability.png",
        "figures/confusion.png",
        "figures/gate.png",
        "figures/fine_tune.png",
    ):
        assert (run / name).stat().st_size > 0, name
    (network,) = (finished / "cache" / "networks").glob("frame-demo-*")
    assert list((network / "tensorboard").glob("events*"))
    assert (network / "history.csv").stat().st_size > 0
    results = list((finished / "results/paper2/demo-tiny").glob("*.json"))
    assert len(results) == len(experiments.chosen(experiments.rows("demo"), ["all"]))
    environment = json.loads((run / "environment.json").read_text())["sessions"][0]
    assert environment["seed"] == 0
    assert environment["packages"]["keras"]


@pytest.mark.slow
def test_score_files_follow_the_videos(finished: Path) -> None:
    """Probabilities for every observed frame of every test video, nothing after its end."""
    scores = score_file.read(finished / RUN / f"scores/{NAME}.npz")
    assert len(scores.video_ids) == 84
    assert all("_g0" in name and int(name.split("_g")[1][:2]) <= 7 for name in scores.video_ids)
    np.testing.assert_array_equal(scores.observed_frames, np.minimum(scores.lengths_frames, 6))
    np.testing.assert_allclose(scores.scores.sum(axis=2), 1, atol=1e-5)


@pytest.mark.slow
def test_a_second_call_reuses_every_stage(finished: Path) -> None:
    made = [*(finished / RUN).rglob("*.npz"), *(finished / "cache").rglob("*.npz")]
    before = {path: path.stat().st_mtime_ns for path in made}
    assert main(_command(finished)) == 0
    assert {path: path.stat().st_mtime_ns for path in made} == before
    assert len(before) > 100


@pytest.mark.slow
def test_other_settings_in_the_same_folder_are_refused(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    standin = ROOT / "weights" / "standin_vgg16.npz"
    assert main(_command(finished, "--pretraining", str(standin))) == 2
    assert "pretraining" in capsys.readouterr().err


@pytest.mark.slow
def test_predict_labels_a_clip(finished: Path, tmp_path: Path) -> None:
    video = sorted((tiny_demo() / "UCF-101" / "Wave").glob("*.avi"))[0]
    assert main(["predict", str(video), "--run", str(finished / RUN), "--out", str(tmp_path)]) == 0
    said = json.loads((tmp_path / f"{video.stem}.json").read_text())
    assert said["label"] in said["classes"]
    assert len(said["by_frame"]) == said["frames"]
    assert (tmp_path / f"{video.stem}.webm").stat().st_size > 0


def _process(out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "repro", *_command(out, "--rows", *ROWS)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, **quiet)


def _history(path: Path) -> list[dict[str, str]]:
    """The rows of a history without their clock."""
    with path.open(newline="") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


@pytest.mark.slow
def test_killed_in_every_stage_it_ends_the_same(finished: Path, tmp_path: Path) -> None:
    """kill -9 once each stage has begun, then again; the last call finishes: equal weights and scores."""
    run = tmp_path / RUN
    begun = (
        lambda: (tmp_path / "cache").exists(),
        lambda: any((tmp_path / "cache" / "networks").rglob("settings.json")),
        lambda: any((tmp_path / "cache" / "features").rglob("*.npz")),
        lambda: any((run / "sequence").rglob("settings.json")),
    )
    for is_begun in begun:
        process = _process(tmp_path)
        while process.poll() is None and not is_begun():
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert _process(tmp_path).wait() == 0

    for part in ("cache/networks/frame-*", f"{RUN}/sequence/{NAME}"):
        (here,), (there,) = tmp_path.glob(part), finished.glob(part)
        assert _history(here / "history.csv") == _history(there / "history.csv")
        ours, theirs = read(here / "final.npz"), read(there / "final.npz")
        assert ours.keys() == theirs.keys()
        for key in ours:
            np.testing.assert_array_equal(ours[key], theirs[key], err_msg=f"{part} {key}")
    ours, theirs = (score_file.read(home / RUN / "scores" / f"{NAME}.npz") for home in (tmp_path, finished))
    assert ours.video_ids == theirs.video_ids
    np.testing.assert_array_equal(ours.scores, theirs.scores)

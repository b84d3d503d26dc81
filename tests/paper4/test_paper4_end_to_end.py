"""Paper 4 at tiny size, from video files to tubes and pictures: complete, reused, without labels, resumed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_demo import tiny_demo
from repro import datasets, score_file
from repro.backbones.weights import read
from repro.cli import main
from repro.localisation import tube_file
from repro.paper4 import experiments
from repro.paper4.pipeline import Pipeline
from repro.paper4.recipe import recipe
from repro.training import distribution
from repro.training.job import Job
from repro.training.run_folder import RunFolder
from repro.types import Split
from repro.video.index import count_frames

ROOT = Path(__file__).resolve().parents[2]
RUN = "runs/paper4/demo-split1-tiny-seed0"


def _command(out: Path, *more: str) -> list[str]:
    return ["paper4", "demo", "--preset", "tiny", "--data", str(tiny_demo()), "--out", str(out), *more]


@pytest.fixture(scope="module")
def finished(tiny_run: Callable[[int], Path]) -> Path:
    """The home of one whole tiny run with every row."""
    return tiny_run(4)


@pytest.mark.slow
def test_everything_promised_is_there(finished: Path) -> None:
    run = finished / RUN
    for name in (
        "recipe.json",
        "model.json",
        "table.txt",
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
    ):
        assert (run / name).stat().st_size > 0, name
    results = list((finished / "results/paper4/demo-tiny").glob("*.json"))
    assert len(results) == len(experiments.chosen(experiments.rows("demo"), ["all"]))


@pytest.mark.slow
def test_fusion_is_the_product_of_its_parts(finished: Path) -> None:
    parts = [
        score_file.read(finished / RUN / f"scores/{name}.npz")
        for name in ("rgb-video_lstm", "flow-conv_alstm")
    ]
    fused = score_file.read(finished / RUN / "scores/table3-videolstm.npz")
    product = parts[0].scores.astype(np.float64) * parts[1].scores
    np.testing.assert_allclose(fused.scores, product / product.sum(axis=2, keepdims=True), rtol=1e-4)
    assert fused.video_ids == parts[0].video_ids


@pytest.mark.slow
def test_one_tube_covers_every_frame_of_each_test_video(finished: Path) -> None:
    tubes = tube_file.read(finished / RUN / "tubes/rgb-video_lstm.npz")
    lengths = score_file.read(finished / RUN / "scores/rgb-video_lstm.npz")
    assert list(tubes) == list(lengths.video_ids)
    for entry, length in zip(tubes.values(), lengths.lengths_frames, strict=True):
        boxes = entry.tubes.smoothed.boxes
        assert len(boxes) == length
        assert (boxes >= 0).all()
        assert (boxes[:, 2] <= 160).all()
        assert (boxes[:, 3] <= 120).all()


@pytest.mark.slow
def test_a_second_call_reuses_every_stage(finished: Path) -> None:
    made = [*(finished / RUN).rglob("*.npz"), *(finished / "cache").rglob("*.npz")]
    before = {path: path.stat().st_mtime_ns for path in made if "scores/table3" not in str(path)}
    assert main(_command(finished)) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(before) > 100


@pytest.mark.slow
def test_table4_takes_scores_of_other_methods(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(_command(finished, "--rows", "table4/iDT(FV)+VideoLSTM")) == 2
    assert "--scores" in capsys.readouterr().err
    split = datasets.load_split("demo", tiny_demo(), "1")
    rng = np.random.default_rng(0)
    lines = ["video_id," + ",".join(split.classes)]
    for ref in (*split.train, *split.test):
        said = rng.dirichlet(np.ones(len(split.classes)))
        lines.append(ref.video_id + "," + ",".join(f"{p:.9f}" for p in np.maximum(said, 1e-6)))
    outside = finished / "idt.csv"
    outside.write_text("\n".join(lines) + "\n")
    wanted = _command(finished, "--rows", "table4/iDT(FV)+VideoLSTM", "--scores", f"iDT(FV)={outside}")
    assert main([*wanted, "--stage", "evaluate"]) == 0
    (result,) = (finished / "results/paper4/demo-tiny").glob("table4*iDT_FV_+VideoLSTM.json")
    assert 0 <= json.loads(result.read_text())["own"]["mean"]["value"] <= 100


def _rotated(split: Split) -> Split:
    classes = len(split.classes)
    return replace(split, test=tuple(replace(ref, label=(ref.label + 1) % classes) for ref in split.test))


@pytest.mark.slow
def test_permuted_test_labels_change_no_prediction_no_epoch_and_no_tube(tmp_path: Path) -> None:
    split = datasets.load_split("demo", tiny_demo(), "1")
    wanted = ("table3/videolstm", "fig4a/video_lstm-smoothed")
    told = {}
    for name, version in (("true", split), ("rotated", _rotated(split))):
        home = tmp_path / name
        chosen = [row for row in experiments.rows("demo") if row.id in wanted]
        index = count_frames((*version.train, *version.test), home / "frames.json")
        with RunFolder(home / "run") as folder:
            strategy = distribution.strategy(1)
            job = Job(version, recipe("tiny"), 0, folder, home / "cache", home, index.frames, strategy)
            pipeline = Pipeline(job, chosen)
            for stage in pipeline.stages:
                stage.run()
            scores = score_file.read(pipeline.score_file(chosen[0]))
            tubes = tube_file.read(pipeline.tube_file(chosen[1]))
            epochs = {
                n: json.loads((w.parent / "done.json").read_text())["best_epoch"]
                for n, w in pipeline.trained.items()
            }
            told[name] = scores, tubes, epochs
    assert told["true"][2] == told["rotated"][2]
    assert (told["true"][0].labels != told["rotated"][0].labels).all()
    np.testing.assert_array_equal(told["true"][0].scores, told["rotated"][0].scores)
    for one, other in zip(told["true"][1].values(), told["rotated"][1].values(), strict=True):
        np.testing.assert_array_equal(one.tubes.smoothed.boxes, other.tubes.smoothed.boxes)


@pytest.mark.slow
def test_killed_while_training_it_ends_the_same(finished: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    rows = ["--rows", "table2/motion-ConvALSTM", "--stage", "score"]
    command = [sys.executable, "-m", "repro", *_command(tmp_path, *rows)]
    killed = False
    while True:
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None and not killed:
            if list((tmp_path / RUN).glob("sequence/*/checkpoints/*")):
                os.kill(process.pid, signal.SIGKILL)
                killed = True
            time.sleep(0.005)
        if process.wait() == 0:
            break
    assert killed
    name = "sequence/rgb-video_lstm/best.npz"
    once, again = read(finished / RUN / name), read(tmp_path / RUN / name)
    assert set(once) == set(again)
    for weight, array in once.items():
        np.testing.assert_array_equal(array, again[weight], err_msg=weight)

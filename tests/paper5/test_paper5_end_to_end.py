"""Paper 5 at tiny size, from video files to pictures: complete, reused, without labels, resumed."""

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
from repro.demo.make import make
from repro.evaluation.clips import clip_starts
from repro.paper5 import experiments
from repro.paper5.pipeline import Pipeline
from repro.paper5.recipe import recipe
from repro.training import distribution
from repro.training.job import Job
from repro.training.run_folder import RunFolder
from repro.types import Split
from repro.video.index import count_frames

ROOT = Path(__file__).resolve().parents[2]
RUN = "runs/paper5/demo-split1-tiny-seed0"


def _command(out: Path, *more: str) -> list[str]:
    return ["paper5", "demo", "--preset", "tiny", "--data", str(tiny_demo()), "--out", str(out), *more]


@pytest.fixture(scope="module")
def finished(tiny_run: Callable[[int], Path]) -> Path:
    """The home of one whole tiny run with every row."""
    return tiny_run(5)


@pytest.mark.slow
def test_everything_promised_is_there(finished: Path) -> None:
    run = finished / RUN
    for name in (
        "recipe.json",
        "model.json",
        "table.txt",
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
    ):
        assert (run / name).stat().st_size > 0, name
    results = list((finished / "results/paper5/demo-tiny").glob("*.json"))
    assert len(results) == len(experiments.chosen(experiments.rows("demo"), ["all"]))


@pytest.mark.slow
def test_scores_are_votes_that_probabilities_only_decide_between(finished: Path) -> None:
    tiny = recipe("tiny")
    for name in ("late", "late-clip_rule=mean"):
        said = score_file.read(finished / RUN / f"scores/{name}.npz")
        clips = [len(clip_starts(n, tiny.clip_len, tiny.test_stride)) for n in said.lengths_frames.tolist()]
        votes = np.floor(said.scores[:, 0] * (np.array(clips)[:, None] + 0.5) + 1e-6)
        np.testing.assert_array_equal(votes.sum(axis=1), clips)
        assert max(clips) > 1
    assert not (finished / RUN / "sequence/late-clip_rule=mean").exists()  # decided otherwise, trained once


@pytest.mark.slow
def test_a_second_call_reuses_every_stage(finished: Path) -> None:
    made = [*(finished / RUN).rglob("*.npz"), *(finished / "cache").rglob("*.npz")]
    before = {path: path.stat().st_mtime_ns for path in made}
    assert main(_command(finished)) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(before) > 100


@pytest.mark.slow
def test_a_video_is_predicted_with_the_run(finished: Path, tmp_path: Path) -> None:
    video = next(iter(datasets.load_split("demo", tiny_demo(), "1").test)).path
    command = ["predict", str(video), "--run", str(finished / RUN), "--out", str(tmp_path)]
    assert main(command) == 0
    (said,) = tmp_path.glob("*.json")
    content = json.loads(said.read_text())
    assert content["label"] in datasets.load_split("demo", tiny_demo(), "1").classes
    assert (tmp_path / f"{said.stem}.webm").stat().st_size > 0


@pytest.mark.slow
def test_flow_as_a_third_branch_and_unpooled_maps(finished: Path) -> None:
    rows = ("readings/flow", "readings/conv3x3s2", "readings/no-scale")
    assert main(_command(finished, "--rows", *rows, "--stage", "evaluate")) == 0
    for row in rows:
        path = finished / "results/paper5/demo-tiny" / f"{row.replace('/', '_')}.json"
        assert 0 <= json.loads(path.read_text())["own"]["mean"]["value"] <= 100


@pytest.mark.slow
@pytest.mark.parametrize("dataset", ["ucf101", "hmdb51"])
def test_rows_of_a_split_run_on_that_split(dataset: str, tmp_path: Path) -> None:
    make(tmp_path / dataset, dataset, clips_per_group=1, groups=10, processes=1)
    command = [
        "paper5",
        dataset,
        "--preset",
        "tiny",
        "--data",
        str(tmp_path / dataset),
        "--out",
        str(tmp_path),
    ]
    assert main([*command, "--split", "2", "--rows", "table4", "--stage", "evaluate"]) == 0
    found = {path.stem for path in (tmp_path / f"results/paper5/{dataset}-tiny").glob("*.json")}
    fusions = ("early", "late")
    assert found == {f"table4_{which}-{fusion}" for which in ("split2", "average") for fusion in fusions}
    average = json.loads((tmp_path / f"results/paper5/{dataset}-tiny/table4_average-late.json").read_text())
    assert average["state"] == "split 2 of 3"


def _rotated(split: Split) -> Split:
    classes = len(split.classes)
    return replace(split, test=tuple(replace(ref, label=(ref.label + 1) % classes) for ref in split.test))


@pytest.mark.slow
def test_permuted_test_labels_change_no_prediction(tmp_path: Path) -> None:
    split = datasets.load_split("demo", tiny_demo(), "1")
    told = {}
    for name, version in (("true", split), ("rotated", _rotated(split))):
        home = tmp_path / name
        chosen = [row for row in experiments.rows("demo") if row.id == "table1/late"]
        index = count_frames((*version.train, *version.test), home / "frames.json")
        with RunFolder(home / "run") as folder:
            strategy = distribution.strategy(1)
            job = Job(version, recipe("tiny"), 0, folder, home / "cache", home, index.frames, strategy)
            pipeline = Pipeline(job, chosen)
            for stage in pipeline.stages:
                stage.run()
            told[name] = score_file.read(pipeline.score_file(chosen[0]))
    assert (told["true"].labels != told["rotated"].labels).all()
    np.testing.assert_array_equal(told["true"].scores, told["rotated"].scores)


@pytest.mark.slow
def test_killed_while_training_it_ends_the_same(finished: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    rows = ["--rows", "table1/late", "--stage", "score"]
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
    for name in ("final.npz", "epoch-1.npz", "epoch-3.npz"):
        once, again = (read(home / RUN / "sequence/late" / name) for home in (finished, tmp_path))
        assert set(once) == set(again)
        for weight, array in once.items():
            np.testing.assert_array_equal(array, again[weight], err_msg=f"{name}, {weight}")
    logs = [(home / RUN / "sequence/late/updates.csv").read_text() for home in (finished, tmp_path)]
    assert logs[0] == logs[1]

"""Paper 3 at tiny size, from video files to attention and pictures: complete, reused, resumed, unbiased."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from helpers.tiny_demo import tiny_demo
from repro import datasets, score_file
from repro.backbones.weights import read, save
from repro.cli import main
from repro.paper3 import experiments, keeping, networks, scoring
from repro.paper3.pipeline import Pipeline
from repro.paper3.recipe import recipe
from repro.training import distribution
from repro.training.job import Job
from repro.training.run_folder import RunFolder
from repro.types import InputError, Split
from repro.video.index import count_frames

ROOT = Path(__file__).resolve().parents[2]
RUN = "runs/paper3/demo-split1-tiny-seed0"


def _command(out: Path, *more: str) -> list[str]:
    return ["paper3", "demo", "--preset", "tiny", "--data", str(tiny_demo()), "--out", str(out), *more]


@pytest.fixture(scope="module")
def finished(tiny_run: Callable[[int], Path]) -> Path:
    """The home of one whole tiny run with every row."""
    return tiny_run(3)


@pytest.mark.slow
def test_everything_promised_is_there(finished: Path) -> None:
    run = finished / RUN
    for name in (
        "recipe.json",
        "model.json",
        "table.txt",
        "c3d.npz",
        "act.npz",
        "obj.npz",
        "sce.npz",
        "sequence/c3d-alstm-act-fc8/history.csv",
        "attention/c3d-alstm-act-fc8.npz",
        "figures/filmstrip.png",
        "figures/extremes.png",
        "figures/gains.png",
        "figures/highlighting.png",
        "figures/attention_over_time.png",
        "figures/confusion.png",
    ):
        assert (run / name).stat().st_size > 0, name
    results = list((finished / "results/paper3/demo-tiny").glob("*.json"))
    assert len(results) == len(experiments.chosen(experiments.rows("demo"), ["all"]))


@pytest.mark.slow
def test_a_combination_is_the_mean_of_its_members(finished: Path) -> None:
    parts = [
        score_file.read(finished / RUN / f"scores/c3d-alstm-{attended}-fc8.npz").scores.astype(np.float64)
        for attended in ("act", "obj")
    ]
    combined = score_file.read(finished / RUN / "scores/table2-act+obj-fc8-ac.npz")
    np.testing.assert_allclose(combined.scores, np.mean(parts, axis=0), atol=1e-6)
    np.testing.assert_allclose(combined.scores.sum(axis=-1), 1, atol=1e-5)


@pytest.mark.slow
def test_attention_weights_of_every_video(finished: Path) -> None:
    path = finished / RUN / "attention/c3d-alstm-act-fc8.npz"
    lengths = score_file.read(finished / RUN / "scores/c3d-alstm-act-fc8.npz")
    looked, first = scoring.read_attention(path), scoring.first_windows(path)
    assert list(looked) == list(lengths.video_ids)
    for (video_id, (frames, weights)), length in zip(looked.items(), lengths.lengths_frames, strict=True):
        assert 0 <= frames.min() <= frames.max() < length
        assert (weights >= 0).all()
        np.testing.assert_allclose(first[video_id].sum(axis=-1), 1, atol=1e-5)


@pytest.mark.slow
def test_hollywood2_starts_from_the_same_run(finished: Path) -> None:
    """A few steps of a small rate away from where the decoder of Table 1 ended, nowhere near another draw."""
    before = read(finished / RUN / "sequence/c3d-alstm-obj-fc8/best.npz")
    after = read(finished / RUN / "sequence/c3d-alstm-obj-fc8-hollywood2/final.npz")
    for name, array in before.items():
        if not name.startswith("scores/"):
            np.testing.assert_allclose(array, after[name], atol=0.05, err_msg=name)


def test_a_start_fills_all_layers_but_the_scores(tmp_path: Path) -> None:
    """9.17: the classes are others, so the last layer keeps its own draw."""
    chosen = recipe("tiny")
    keras.utils.set_random_seed(1)
    trained = networks.decoder(chosen, 3, 12)
    save(trained, tmp_path / "best.npz")
    keras.utils.set_random_seed(2)
    built = networks.decoder(chosen, 5, 12)
    own = built.get_layer("scores").kernel.numpy().copy()
    keeping.start_from(built, tmp_path / "best.npz")
    for layer in ("sigmoid", "decoder"):
        for one, other in zip(trained.get_layer(layer).weights, built.get_layer(layer).weights, strict=True):
            np.testing.assert_array_equal(one.numpy(), other.numpy())
    np.testing.assert_array_equal(built.get_layer("scores").kernel.numpy(), own)
    with pytest.raises(InputError, match="no decoder at"):
        keeping.start_from(built, tmp_path / "none.npz")


@pytest.mark.slow
def test_a_second_call_reuses_every_stage(finished: Path) -> None:
    made = [*(finished / RUN).rglob("*.npz"), *(finished / "cache").rglob("*.npz")]
    made = [path for path in made if not path.name.startswith(("table", "text"))]  # averages are made anew
    before = {path: path.stat().st_mtime_ns for path in made}
    assert main(_command(finished, "--stage", "evaluate")) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(before) > 100


def _rotated(split: Split) -> Split:
    classes = len(split.classes)
    return replace(split, test=tuple(replace(ref, label=(ref.label + 1) % classes) for ref in split.test))


@pytest.mark.slow
def test_permuted_test_labels_change_no_prediction_no_epoch_and_no_weight(tmp_path: Path) -> None:
    split = datasets.load_split("demo", tiny_demo(), "1")
    told = {}
    for name, version in (("true", split), ("rotated", _rotated(split))):
        home = tmp_path / name
        chosen = [row for row in experiments.rows("demo") if row.id == "table1/alstm-vgg_act-fc8/ac"]
        index = count_frames((*version.train, *version.test), home / "frames.json")
        with RunFolder(home / "run") as folder:
            strategy = distribution.strategy(1)
            job = Job(version, recipe("tiny"), 0, folder, home / "cache", home, index.frames, strategy)
            pipeline = Pipeline(job, chosen)
            for stage in pipeline.stages:
                stage.run()
            scores = score_file.read(pipeline.score_file(chosen[0]))
            looked = scoring.read_attention(pipeline.attention(chosen[0].overrides))
            epochs = {
                n: json.loads((w.parent / "done.json").read_text())["best_epoch"]
                for n, w in pipeline.trained.items()
            }
            told[name] = scores, looked, epochs
    assert told["true"][2] == told["rotated"][2]
    assert (told["true"][0].labels != told["rotated"][0].labels).all()
    np.testing.assert_array_equal(told["true"][0].scores, told["rotated"][0].scores)
    for video_id, (_, weights) in told["true"][1].items():
        np.testing.assert_array_equal(weights, told["rotated"][1][video_id][1])


@pytest.mark.slow
def test_killed_while_training_it_ends_the_same(finished: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    rows = ["--rows", "table1/alstm-vgg_act-fc8/ac", "--stage", "score"]
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
    name = "sequence/c3d-alstm-act-fc8/best.npz"
    once, again = read(finished / RUN / name), read(tmp_path / RUN / name)
    assert set(once) == set(again)
    for weight, array in once.items():
        np.testing.assert_array_equal(array, again[weight], err_msg=weight)

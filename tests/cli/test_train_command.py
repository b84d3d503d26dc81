"""`train FOLDER` and `repro.train`: own videos become a model, with its accuracy and what to type next."""

import argparse
import csv
import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import repro
from helpers import tiny_runs
from repro import score_file
from repro.backbones import lite_trunk, pretrained
from repro.cli import main, train
from repro.cli.asked import rows_of_own_videos
from repro.cluster.client import DryRun
from repro.papers import PAPERS
from repro.types import InputError
from repro.video.encode import write_video

GREYS = {"dark": 0, "bright": 200}


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    """Two classes of four clips of noise, which any network can tell apart."""
    draws = np.random.default_rng(0)
    for name, grey in GREYS.items():
        (tmp_path / "videos" / name).mkdir(parents=True)
        for clip in range(4):
            frames = draws.integers(grey, grey + 50, (6, 24, 32, 3), np.uint8)
            write_video(tmp_path / "videos" / name / f"{clip}.avi", frames, 10, "ffv1")
    return tmp_path / "videos"


@pytest.mark.parametrize("paper", [tiny_runs.of_paper(2)])
def test_it_ends_with_the_accuracy_of_each_class_and_the_next_command(
    paper: int,
    shown_run: Callable[[int], tuple[Path, int]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On the shared run; that videos become one is tested below."""
    folder = tiny_runs.run_folder(paper, shown_run(paper)[0])
    with (folder / "classes.csv").open() as file:
        rows = list(csv.DictReader(file))
    right, tested = (sum(int(row[name]) for row in rows) for name in ("right", "test_videos"))
    assert tested == len(score_file.read(next((folder / "scores").glob("*anticipation.npz"))).video_ids)
    monkeypatch.setattr(train, "trained", lambda options: folder)
    assert main(["train", "."]) == 0
    printed = capsys.readouterr().out
    assert (
        f"\n{right} of {tested} test videos right: {100 * right / tested:.1f} %\n  {rows[0]['class']} "
        in printed
    )
    assert "held-out videos alone: do not rely on it" in printed
    assert f"bash run.sh predict VIDEO --run {folder}\n" in printed
    assert f"tensorboard --logdir {folder}\n" in printed


def test_a_dry_run_ends_with_the_script(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stops(options: argparse.Namespace) -> Path:
        raise DryRun("#!/bin/bash")

    monkeypatch.setattr(train, "trained", stops)
    assert main(["train", ".", "--cluster", "slurm", "--dry-run"]) == 0
    assert capsys.readouterr().out == "#!/bin/bash\n"


@pytest.mark.slow
@pytest.mark.exhaustive
def test_videos_become_a_model(videos: Path, tmp_path: Path) -> None:
    model = repro.train(videos, preset="tiny", out=tmp_path / "home", set=["steps=4"])
    for name in ("figures/confusion.png", "figures/classes.png", "early_warning.webm", "model.json"):
        assert (model.run.folder / name).stat().st_size > 0, name
    assert model.classes == ("bright", "dark")
    assert model.predict_video(videos / "dark/0.avi").info.frames == 6
    again = ["train", str(videos), "--preset", "tiny", "--out", str(tmp_path / "home"), "--set", "steps=4"]
    assert main(again) == 0  # all is there
    assert len(list((tmp_path / "home/runs/paper2").glob("own-videos-*"))) == 1


@pytest.mark.parametrize("preset", ["demo", "lite"])
@pytest.mark.parametrize("paper", PAPERS.values(), ids=lambda paper: paper.name)
def test_one_model_is_trained_for_the_row_of_the_proposed_one(paper: repro.papers.Paper, preset: str) -> None:
    recipe = paper.recipe(preset)
    rows = rows_of_own_videos(paper, recipe)
    assert rows[0].metric == "accuracy"
    named = vars(paper.Recipe()) | dict(paper.proposed(recipe))
    assert all(value == named[name] for row in rows for model in row.models for name, value in model.items())


def test_over_a_network_of_objects_paper_3_attends_to_objects() -> None:
    paper = PAPERS[3]
    (row,) = rows_of_own_videos(paper, paper.recipe("lite"))
    assert row.id == "table1/alstm-vgg_obj-fc8/ac"
    assert paper.networks(dataclasses.replace(paper.recipe("lite"), **row.overrides), 3)  # it is none refused


def test_without_the_weights_the_line_says_which_command_fetches_them(
    videos: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in (lite_trunk, pretrained):
        monkeypatch.setattr(module, "converted_weights", lambda shipped: tmp_path / "nothing")
    assert main(["train", str(videos), "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "see: bash run.sh weights fetch efficientnet_lite0; --pretraining takes imagenet" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "cache").exists()  # before any video was counted


@pytest.mark.parametrize(
    ("ask", "line"),
    [
        (lambda: repro.train("videos", paper=6), "no paper 6; there are: 1, 2, 3, 4, 5"),
        (lambda: repro.train("videos", presett="lite"), "no option 'presett'; did you mean preset"),
        (lambda: repro.train("nowhere", rows=["table1"]), "no option 'rows'"),
        (lambda: repro.train("nowhere", cluster="slurm", dry_run=True), "no option 'dry_run'"),
        (lambda: repro.train("nowhere", seed=-1), "'-1' is no seed; wanted 0, 1, 2, "),
        (lambda: repro.train("nowhere", preset="tiny"), "nowhere is not there"),
        (lambda: repro.train("nowhere", preset="tiny", out=None, seed=None), "nowhere is not there"),
        (lambda: repro.train("nowhere", preset="tiny", set="unitz=4"), "did you mean units"),
        (lambda: repro.train("nowhere", preset="huge"), "huge"),
    ],
)
def test_from_python_wrong_words_are_one_line(ask: Callable[[], object], line: str) -> None:
    with pytest.raises(InputError, match=line):
        ask()


@pytest.mark.parametrize("words", [["train", "nowhere"], ["train", "demo"], ["train", ".", "--paper", "6"]])
def test_wrong_words_are_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1

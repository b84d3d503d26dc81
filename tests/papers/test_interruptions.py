"""Stopped anywhere and called again, a run ends the same, bit for bit: weights, history, scores.

`kill -9` in every stage as processes of a user, with graphs, for one paper; for the others a stop in the
middle of an epoch inside the test's process.
"""

import csv
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers import forked, tiny_runs
from helpers.eager import graphs
from repro import score_file
from repro.backbones.weights import read
from repro.cli import main
from repro.training.checkpoint import Checkpoints


def _assert_same(paper: int, here: Path, there: Path) -> None:
    """Whatever the first run trained and said, the second did too, bit for bit; both kinds of network."""
    run = tiny_runs.run_folder(paper, here).relative_to(here)
    histories = [
        path for kind in ("cache/networks", run / "sequence") for path in here.glob(f"{kind}/*/*.csv")
    ]
    trained = {path.parent for path in histories}
    assert {folder.parent.name for folder in trained} == {"networks", "sequence"}
    for path in histories:
        assert _without_clock(path) == _without_clock(there / path.relative_to(here)), path
    for path in (weights for folder in trained for weights in folder.glob("*.npz")):
        ours, theirs = read(path), read(there / path.relative_to(here))
        assert ours.keys() == theirs.keys()
        for key, array in ours.items():
            np.testing.assert_array_equal(array, theirs[key], err_msg=f"{path}, {key}")
    for name in (path.relative_to(here) for path in here.glob(f"{run}/scores/*.npz")):
        ours, theirs = score_file.read(here / name), score_file.read(there / name)
        assert ours.video_ids == theirs.video_ids
        np.testing.assert_array_equal(ours.scores, theirs.scores)


def _without_clock(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def _wanted(paper: int, out: Path) -> list[str]:
    return tiny_runs.command(paper, out, "--rows", tiny_runs.MAIN[paper], "--stage", "score")


# A second run of a paper is dear: of the stages that papers share one paper stands for all.
STOPPED = [*(tiny_runs.of_paper(p, pytest.mark.exhaustive) for p in (1, 3)), *map(tiny_runs.of_paper, (4, 5))]
WITH_GRAPHS = [
    *map(tiny_runs.of_paper, (2, 3)),
    *(tiny_runs.of_paper(paper, pytest.mark.exhaustive) for paper in (1, 4, 5)),
]


class Stopped(BaseException):
    """Stands for whatever ends a process: nothing in the project catches it."""


@pytest.mark.parametrize("paper", STOPPED)
def test_stopped_inside_an_epoch_it_ends_the_same(
    paper: int, tiny_run: Callable[[int], Path], tmp_path: Path
) -> None:
    """Every step is saved; the run stops after the first one of each training, then goes on.

    Paper 1 from nothing; the others train frame networks by the same `fit`, and take over those of the run.
    """
    if paper != 1:
        shutil.copytree(tiny_run(paper) / "cache", tmp_path / "cache")
    stopped = []

    def save(self: Checkpoints, *arguments: Any) -> None:
        saved(self, *arguments)
        if self.folder not in stopped:
            stopped.append(self.folder)
            raise Stopped

    saved = Checkpoints.save
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoints, "due", lambda self: True)
        patch.setattr(Checkpoints, "save", save)
        while True:
            try:
                assert main(_wanted(paper, tmp_path)) == 0
                break
            except Stopped:
                continue
    trained = {folder.parent.parent.name for folder in stopped}
    assert trained == ({"networks", "sequence"} if paper == 1 else {"sequence"})
    _assert_same(paper, tmp_path, tiny_run(paper))


def _quietly(command: list[str]) -> None:
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    sys.exit(main(command))


@pytest.fixture(scope="module")
def with_graphs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """A paper's main row as users run it, from nothing."""
    made: dict[int, Path] = {}

    def home(paper: int) -> Path:
        if paper not in made:
            made[paper] = tmp_path_factory.mktemp(f"graphs{paper}")
            with graphs():
                assert main(_wanted(paper, made[paper])) == 0
        return made[paper]

    return home


@pytest.mark.parametrize("paper", WITH_GRAPHS)
def test_with_graphs_it_says_the_same(
    paper: int, with_graphs: Callable[[int], Path], tiny_run: Callable[[int], Path]
) -> None:
    """The shared runs do without graphs: what they show must hold of what users run.

    Within 1 %: a rounding can decide which map, place or class is the largest, and a network follows it.
    """
    compiled, eager = (home(paper) for home in (with_graphs, tiny_run))
    histories = sorted(compiled.rglob("history.csv"))
    assert {path.parent.parent.name for path in histories} == {"networks", "sequence"}
    for path in histories:
        ours, theirs = (_losses(p) for p in (path, eager / path.relative_to(compiled)))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=0.01 * np.max(theirs), err_msg=str(path))


def _losses(path: Path) -> list[list[float]]:
    return [[float(v) for k, v in row.items() if k.endswith("loss")] for row in _without_clock(path)]


@pytest.mark.slow
@pytest.mark.xdist_group("paper2")
def test_killed_in_every_stage_it_ends_the_same(with_graphs: Callable[[int], Path], tmp_path: Path) -> None:
    """kill -9 once each stage has begun, then again; the last call finishes."""
    run = tiny_runs.run_folder(2, tmp_path)
    begun = (
        lambda: (tmp_path / "cache").exists(),
        lambda: any((tmp_path / "cache" / "networks").rglob("settings.json")),
        lambda: any((tmp_path / "cache" / "features").rglob("*.npz")),
        lambda: any((run / "sequence").rglob("settings.json")),
    )
    for is_begun in begun:
        process = forked.start(_quietly, _wanted(2, tmp_path))
        while process.is_alive() and not is_begun():
            time.sleep(0.02)  # what is waited for happens inside another process
        process.kill()
        process.join()
    process = forked.start(_quietly, _wanted(2, tmp_path))
    process.join()
    assert process.exitcode == 0
    _assert_same(2, tmp_path, with_graphs(2))

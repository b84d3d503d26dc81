"""Killed and started again, a training ends exactly as if nothing had happened."""

import csv
import random
from pathlib import Path

import numpy as np
import pytest

from helpers.small_training import run

KILLED = -9


def weights_of(path: Path) -> dict[str, bytes]:
    with np.load(path) as arrays:
        return {name: arrays[name].tobytes() for name in arrays.files}


def history_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "history.csv").open() as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def assert_same(folder: Path, uninterrupted: Path) -> None:
    assert weights_of(folder / "final.npz") == weights_of(uninterrupted / "final.npz")
    assert weights_of(folder / "best.npz") == weights_of(uninterrupted / "best.npz")
    assert history_of(folder) == history_of(uninterrupted)
    left = {path.name for path in folder.iterdir()}
    assert left == {"best.npz", "done.json", "final.npz", "history.csv", "settings.json", "tensorboard"}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted")
    assert run(folder) == 0
    return folder


@pytest.mark.slow
def test_two_uninterrupted_runs_are_equal(tmp_path: Path, uninterrupted: Path) -> None:
    assert run(tmp_path / "again") == 0
    assert_same(tmp_path / "again", uninterrupted)
    rows = history_of(uninterrupted)
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    # Validation gets worse after the first epoch, so that every kill below also asks for the best of before.
    assert float(rows[0]["val_loss"]) < min(float(row["val_loss"]) for row in rows[1:])


@pytest.mark.slow
@pytest.mark.parametrize("batch", [9, *(pytest.param(n, marks=pytest.mark.exhaustive) for n in (2, 15))])
def test_killed_at_a_step(tmp_path: Path, uninterrupted: Path, batch: int) -> None:
    """Checkpoints after every step; the pipeline draws ahead, so the kill falls within some step."""
    assert run(tmp_path / "killed", at_batch=batch, checkpoint_every_s=0.0) == KILLED
    assert run(tmp_path / "killed", checkpoint_every_s=0.0) == 0
    assert_same(tmp_path / "killed", uninterrupted)


@pytest.mark.slow
@pytest.mark.exhaustive
def test_killed_again_and_again(tmp_path: Path, uninterrupted: Path) -> None:
    folder, kills = tmp_path / "killed", 0
    for _ in range(4):
        kills += run(folder, at_batch=4, checkpoint_every_s=0.0) == KILLED
    assert kills == 4
    assert run(folder) == 0
    assert_same(folder, uninterrupted)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, *(pytest.param(n, marks=pytest.mark.exhaustive) for n in (4, 5))])
def test_killed_while_writing(tmp_path: Path, uninterrupted: Path, seed: int) -> None:
    """In some flush of each start: settings, checkpoints, best and final weights, history, the done mark."""
    draw, kills = random.Random(seed), 0
    while status := run(tmp_path, at_sync=draw.randint(1, 60), checkpoint_every_s=0.0):
        assert status == KILLED
        kills += 1
    assert 0 < kills < 40
    assert_same(tmp_path, uninterrupted)


@pytest.mark.slow
@pytest.mark.exhaustive  # test_fit_updates.py has one like it
def test_killed_on_two_replicas(tmp_path: Path) -> None:
    """Metric sums are kept per replica, and a dropout generator lives on each."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert run(whole, devices=2) == 0
    assert run(killed, devices=2, at_batch=9, checkpoint_every_s=0.0) == KILLED
    assert run(killed, devices=2) == 0
    assert_same(killed, whole)

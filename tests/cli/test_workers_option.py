"""`--workers` on the command line: wrong words are one line; two processes end like one, killed or not."""

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from helpers import tiny_runs
from helpers.close import EPSILON, assert_same_float32, of_terms
from helpers.refusals import refused
from helpers.same_training import history
from helpers.two_workers import LIMIT_S, ended, slurm_step, start_command, tf_config
from repro.cli.workers import require_shared
from repro.types import InputError

ALONE = json.dumps({"cluster": {"worker": ["nowhere:1"]}, "task": {"type": "worker", "index": 0}})
WRONG = [
    (["nowhere"], {}, "argument --workers: no 'nowhere'; there are: tf_config, slurm"),
    (["tf_config"], {}, "--workers tf_config: TF_CONFIG is not set; wanted {"),
    (["tf_config"], {"TF_CONFIG": "worker 0"}, "TF_CONFIG cannot be read"),
    (["slurm"], {"SLURM_PROCID": "0"}, "SLURM_JOB_ID not set; start one process"),
    (["tf_config", "--devices", "1"], {"TF_CONFIG": ALONE}, "--devices does not go with --workers"),
    (["tf_config", "--cluster", "slurm", "--dry-run"], {"TF_CONFIG": ALONE}, "--dry-run does not go with"),
]


@pytest.mark.parametrize(("words", "variables", "line"), WRONG, ids=lambda value: str(value)[:30])
def test_wrong_words_are_one_line_before_anything_is_drawn(
    words: list[str],
    variables: dict[str, str],
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in [name for name in os.environ if name.startswith(("TF_CONFIG", "SLURM_"))]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    error = refused(["paper2", "demo", "--out", str(tmp_path / "out"), "--workers", *words], capsys)
    assert line in error
    assert not (tmp_path / "out").exists()


def test_a_worker_that_does_not_share_the_disk_is_refused(tmp_path: Path) -> None:
    require_shared(tmp_path)
    with pytest.raises(InputError, match="run, which is not here; all workers need the same --out"):
        require_shared(tmp_path / "run")


ROW = "table4/context+action-mslstm"
# Dropout draws one mask for every replica, so that with it two processes train as well, but not the same.
WITHOUT_DROPOUT = ("--set", "fc_dropout=0", "--set", "lstm_dropout=0")


def command(home: Path, *more: str) -> list[str]:
    return tiny_runs.command(2, home, "--rows", ROW, "--stage", "score", *WITHOUT_DROPOUT, *more)


def trainings(home: Path) -> dict[Path, Path]:
    """The folder of every finished training by its place in the home; names of networks hold a digest."""
    return {path.parent.relative_to(home): path.parent for path in home.rglob("done.json")}


def assert_same_but_for_sums(found: Path, wanted: Path) -> None:
    """Weights and losses of a training, whose sums over a batch two processes add in another order.

    A gradient goes through the sums of every layer forwards and backwards; each update adds its error, times
    a rate and a gradient below 1, to weights of order 1 at most.
    """
    ours, theirs = np.load(found / "final.npz"), np.load(wanted / "final.npz")
    terms = sum(float(np.prod(theirs[name].shape[:-1])) for name in theirs.files)
    rows, expected = history(found), history(wanted)
    roundings = UPDATES * of_terms(2 * terms)
    for name in theirs.files:
        assert_same_float32(ours[name], theirs[name], roundings, scale=1.0, name=name)
    for row, other in zip(rows, expected, strict=True):
        largest = max(map(abs, other.values()))
        assert row == pytest.approx(other, rel=0, abs=roundings * EPSILON * largest)


UPDATES = 4  # of the longest training at tiny size


def wait_for(pattern: str, home: Path) -> None:
    """Until a file of that name is below the folder."""
    end = time.monotonic() + LIMIT_S
    while not list(home.glob(pattern)):
        assert time.monotonic() < end, f"no {pattern} below {home} after {LIMIT_S} s"
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.xdist_group("two_workers")
def test_two_processes_end_like_one_also_where_one_was_killed(tmp_path: Path) -> None:
    """Paper 2 from videos to scores, by TF_CONFIG and, after the kill, by what Slurm sets."""
    one, two = tmp_path / "one", tmp_path / "two"
    assert ended(start_command(command(one), tmp_path / "alone", {})) == [0]
    first = start_command(command(two, "--workers", "tf_config"), tmp_path / "first", *tf_config(2))
    wait_for("runs/*/*/sequence/*/settings.json", two)
    first[1].kill()
    assert ended(first) == [2, -9]
    line = (tmp_path / "first/0.err").read_text().splitlines()[-1]
    assert line.startswith("error: worker 0 of 2 no longer reaches the others; start the same command")
    again = start_command(command(two, "--workers", "slurm"), tmp_path / "again", *slurm_step(2))
    assert ended(again) == [0, 0]
    assert (tmp_path / "again/1.out").read_text().count("\n") == 1
    assert (tmp_path / "again/1.err").read_text() == ""
    assert trainings(two).keys() == trainings(one).keys()
    assert len(trainings(one)) == 2
    for place, folder in trainings(one).items():
        assert_same_but_for_sums(two / place, folder)

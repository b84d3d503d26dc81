"""When a training saves: at its interval, later if saving is dear, after every step at interval 0."""

from pathlib import Path

import numpy as np
import pytest

from repro.training import checkpoint
from repro.training.checkpoint import Checkpoints, Progress
from repro.types import InputError


class Clock:
    """Stands at `now`; each reading adds `step` seconds."""

    def __init__(self) -> None:
        self.now, self.step = 100.0, 0.0

    def monotonic(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(checkpoint, "time", found)
    return found


def test_once_the_interval_has_passed(tmp_path: Path, clock: Clock) -> None:
    checkpoints = Checkpoints(tmp_path, every_s=60)
    clock.now += 59
    assert not checkpoints.due()
    clock.now += 1
    assert checkpoints.due()


@pytest.mark.parametrize(
    ("took_s", "waits_s"),
    [(6, 120), (1, 60)],
    ids=["6 / 0.05 s, though 60 were asked for", "60 s, though 1 / 0.05 are less"],
)
def test_a_dear_saving_waits_longer_a_quick_one_for_the_interval(
    tmp_path: Path, clock: Clock, took_s: int, waits_s: int
) -> None:
    checkpoints = Checkpoints(tmp_path, every_s=60)
    clock.step = took_s
    checkpoints.save(Progress(), {"w": np.zeros(1)})
    clock.step = 0
    clock.now += waits_s - 1
    assert not checkpoints.due()
    clock.now += 1
    assert checkpoints.due()


def test_after_an_epoch_once_saving_costs_little_of_the_time(tmp_path: Path, clock: Clock) -> None:
    """2 s for a checkpoint and 1 s for the files that follow: 3 / 0.05 s, however long the interval is."""
    checkpoints = Checkpoints(tmp_path, every_s=600)
    assert checkpoints.due_after_epoch()
    clock.step = 2
    checkpoints.save(Progress(), {"w": np.zeros(1)})
    clock.step = 0
    clock.now += 1
    checkpoints.count_until_now()
    clock.now += 59
    assert not checkpoints.due_after_epoch()
    clock.now += 1
    assert checkpoints.due_after_epoch()
    assert not checkpoints.due()


def test_interval_zero_is_every_step(tmp_path: Path, clock: Clock) -> None:
    assert Checkpoints(tmp_path, every_s=0).due()
    assert Checkpoints(tmp_path, every_s=0).due_after_epoch()


def test_what_a_killed_process_was_writing_is_removed(tmp_path: Path) -> None:
    """`repro.atomic` writes under such a name first; checkpoints, and what is not ours, stay."""
    for name in (".state.npz.123.part", "notes.txt"):
        (tmp_path / name).touch()
    Checkpoints(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_all_damaged_is_no_beginning(tmp_path: Path) -> None:
    """It would throw the training away without a word."""
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(Progress(epoch=1), {"w": np.zeros(1)})
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match="every checkpoint"):
        checkpoints.load()

"""Two processes train one model: as one does, and as if none of them had ever been killed."""

import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers import forked
from helpers.same_training import assert_same_training, history
from helpers.small_training import Fuse, InMemory, run
from helpers.two_workers import attempt, ended, free_addresses, start

pytestmark = [pytest.mark.slow, pytest.mark.exhaustive, pytest.mark.xdist_group("two_workers")]
KILLED, REFUSED, TERMINATED = -signal.SIGKILL, 2, 128 + signal.SIGTERM
DATA = InMemory(23, 5)  # batches of 5, 5, 5, 5 and 3
EVERYTHING: dict[str, Any] = {"dropout": 0.3, "each_update": ("loss",), "keep_epochs": (1, 3)}


def test_they_train_what_one_process_trains(tmp_path: Path) -> None:
    """Shares of 2 and 3, or 1 and 2, of every batch; validation ends with a single one, which both get."""
    assert ended(start(2, tmp_path / "two", data=DATA)) == [0, 0]
    assert run(tmp_path / "one", devices=1, dropout=0.0, data=DATA) == 0
    assert_same_training(tmp_path / "two", tmp_path / "one")
    assert {path.name for path in (tmp_path / "two").iterdir()} == {
        path.name for path in (tmp_path / "one").iterdir()
    }
    assert len(list((tmp_path / "two" / "tensorboard").iterdir())) == 1  # the chief's alone


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("uninterrupted") / "run"
    assert ended(start(2, folder, data=DATA, **EVERYTHING)) == [0, 0]
    return folder


def assert_same_files(found: Path, wanted: Path) -> None:
    """Weights, kept epochs, updates and history, to the last bit."""
    assert (found / "updates.csv").read_bytes() == (wanted / "updates.csv").read_bytes()
    assert history(found) == history(wanted)
    for path in wanted.glob("*.npz"):
        arrays, expected = np.load(found / path.name), np.load(path)
        for name in expected.files:
            np.testing.assert_array_equal(arrays[name], expected[name], err_msg=f"{path.name} {name}")


@dataclass
class Asked:
    """Sends itself a signal before the n-th batch."""

    left: int
    number: int

    def __call__(self, *ignored: Any) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), self.number)


def worker_stops(task: int, before_batch: Callable[..., None]) -> list[InMemory]:
    """The data of both workers, of which one stops there."""
    return [InMemory(23, 5, before_batch=before_batch if each == task else None) for each in range(2)]


@pytest.mark.parametrize("task", [0, 1])
@pytest.mark.parametrize("batch", [8, 13])
def test_one_killed_and_both_started_again_end_the_same(
    task: int, batch: int, uninterrupted: Path, tmp_path: Path
) -> None:
    """The other one stops by itself with one line."""
    folder, data = tmp_path / "run", worker_stops(task, Fuse(batch).burn)
    codes = ended(start(2, folder, data=data, checkpoint_every_s=0, **EVERYTHING))
    assert codes == ([KILLED, REFUSED] if task == 0 else [REFUSED, KILLED])
    line = (tmp_path / f"refused-{1 - task}").read_text()
    assert line.startswith(f"worker {1 - task} of 2 no longer reaches the others; start the same command")
    assert "\n" not in line
    assert list((folder / "checkpoints").glob("state-*.npz"))
    assert ended(start(2, folder, data=DATA, **EVERYTHING)) == [0, 0]
    assert_same_files(folder, uninterrupted)


def test_one_asked_to_stop_stops_both_after_a_checkpoint(uninterrupted: Path, tmp_path: Path) -> None:
    folder, data = tmp_path / "run", worker_stops(1, Asked(8, signal.SIGTERM))
    assert ended(start(2, folder, data=data, **EVERYTHING)) == [TERMINATED, TERMINATED]
    assert ended(start(2, folder, data=DATA, **EVERYTHING)) == [0, 0]
    assert_same_files(folder, uninterrupted)


def test_workers_with_other_settings_are_refused(tmp_path: Path) -> None:
    assert ended(start(2, tmp_path / "run", data=DATA, seed=[5, 6])) == [REFUSED, REFUSED]
    assert (tmp_path / "refused-1").read_text().startswith("worker 1 is about to train")
    assert not (tmp_path / "run" / "done.json").exists()


def test_a_port_that_is_in_use_is_one_line(tmp_path: Path) -> None:
    addresses = free_addresses(2)
    with socket.create_server(("127.0.0.1", int(addresses[0].rpartition(":")[2]))):
        assert ended([forked.start(attempt, addresses, 0, tmp_path / "run")]) == [REFUSED]
    line = (tmp_path / "refused-0").read_text()
    assert line.startswith(f"worker 0 cannot begin at {addresses[0]} (")
    assert "\n" not in line

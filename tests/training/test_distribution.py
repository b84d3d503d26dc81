"""Replicas change nothing but speed; batches of every size are shared without loss."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from helpers.same_training import assert_same_training
from helpers.small_training import InMemory, run
from repro.training import distribution
from repro.training.distribution import strategy
from repro.training.worker_list import WorkerList
from repro.types import InputError


@pytest.mark.slow
@pytest.mark.parametrize("replicas", [2, pytest.param(3, marks=pytest.mark.exhaustive)])
def test_replicas_train_the_same_model(tmp_path: Path, replicas: int) -> None:
    """Batches of 5, 5, 5, 5 and 3 of 23 samples; validation ends with a single one, fewer than replicas."""
    for count in (1, replicas):
        assert run(tmp_path / str(count), devices=count, dropout=0.0, data=InMemory(23, 5)) == 0
    assert_same_training(tmp_path / str(replicas), tmp_path / "1")


def test_one_device_is_the_default_strategy() -> None:
    assert strategy(1) is strategy() is tf.distribute.get_strategy()


def test_every_gpu_asked_for_takes_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of pretended GPUs: all that are visible, or as many as are wanted."""
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind] * 3)
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", list)
    assert strategy() == ["GPU:0", "GPU:1", "GPU:2"]
    assert strategy(2) == ["GPU:0", "GPU:1"]


def test_the_processor_has_as_many_replicas_as_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    divided: list[int] = []
    monkeypatch.setattr(distribution, "_divide_cpu", divided.append)
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", list)
    assert strategy(3) == ["CPU:0", "CPU:1", "CPU:2"]
    assert divided == [3]


def test_wrong_number_of_devices() -> None:
    with pytest.raises(InputError, match="wanted 1 or more"):
        strategy(0)


def test_cpu_replicas_after_tensorflow_started() -> None:
    np.asarray(__import__("keras").ops.zeros(1))
    with pytest.raises(InputError, match="already running"):
        strategy(16)


class SeveralProcesses:
    """Two processes of two replicas each, as far as `distribute` knows them."""

    num_replicas_in_sync = 4

    def distribute_datasets_from_function(self, own: Callable[..., tf.data.Dataset]) -> list[tf.data.Dataset]:
        return [own(tf.distribute.InputContext(2, process, 4)) for process in range(2)]


def test_each_process_makes_the_shares_of_its_own_replicas() -> None:
    """Of 0..9 every sample is at one replica, in order; 10..12 are at all four and counted at the first."""
    data = tf.data.Dataset.range(13).batch(10).map(lambda x: (x, -x))
    # Two batches of two shares each; what is behind them is never asked for.
    first, second = (list(each.take(4)) for each in distribution.distribute(data, SeveralProcesses()))
    shares = [first[:2] + second[:2], first[2:] + second[2:]]
    whole, small = ([(x.numpy().tolist(), float(w), bool(c)) for (x, _), w, c in each] for each in shares)
    assert [x for x, _, _ in whole] == [[0, 1], [2, 3, 4], [5, 6], [7, 8, 9]]
    assert [w for _, w, _ in whole] == pytest.approx([0.8, 1.2, 0.8, 1.2])  # 4 times their part of the batch
    assert all(counted for _, _, counted in whole)
    assert small == [([10, 11, 12], 1.0, replica == 0) for replica in range(4)]
    assert all((x == -y).numpy().all() for (x, y), _, _ in (*first, *second))


def test_no_worker_can_be_at_a_host_that_there_is_not() -> None:
    with pytest.raises(InputError, match=r"no worker can be at nowhere\.invalid:2 \(.*\); name its host"):
        strategy(workers=WorkerList(("127.0.0.1:1", "nowhere.invalid:2"), 0))


def test_one_worker_is_a_process_alone() -> None:
    assert strategy(1, WorkerList(("nowhere.invalid:2",), 0)) is tf.distribute.get_strategy()

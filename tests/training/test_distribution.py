"""Replicas change nothing but speed; batches of every size are shared without loss."""

import csv
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from helpers.small_training import InMemory, run
from repro.training import distribution
from repro.training.distribution import strategy
from repro.types import InputError

# The two runs add the same float32 numbers in another order. One gradient entry is a sum of n <= 5 x 5
# (batch x time) products of size below 1, so one step differs by at most n u = 25 x 2^-24 = 1.5e-6. Momentum
# 0.9 at rate 0.1 passes it on 0.1 / (1 - 0.9) = 1 times, and 15 steps add up to 15 x 1.5e-6 = 2.2e-5.
TOLERANCE = 2.2e-5


@pytest.mark.slow
@pytest.mark.parametrize("replicas", [2, pytest.param(3, marks=pytest.mark.exhaustive)])
def test_replicas_train_the_same_model(tmp_path: Path, replicas: int) -> None:
    """Batches of 5, 5, 5, 5 and 3 of 23 samples; validation ends with a single one, fewer than replicas."""
    for count in (1, replicas):
        assert run(tmp_path / str(count), devices=count, dropout=0.0, data=InMemory(23, 5)) == 0
    one, many = (np.load(tmp_path / str(count) / "final.npz") for count in (1, replicas))
    for name in one.files:
        np.testing.assert_allclose(many[name], one[name], rtol=0, atol=TOLERANCE, err_msg=name)
    histories = []
    for count in (1, replicas):
        with (tmp_path / str(count) / "history.csv").open() as file:
            histories.append(
                [{k: float(v) for k, v in r.items() if k != "seconds"} for r in csv.DictReader(file)]
            )
    for row, expected in zip(histories[1], histories[0], strict=True):
        assert row == pytest.approx(expected, rel=0, abs=TOLERANCE)


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

"""Replicas that there is no place for are refused by a look at the machine, before anything else is done."""

import pytest

from repro.training import distribution
from repro.types import InputError


def test_at_most_as_many_as_there_are_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tensorflow.config.list_physical_devices", lambda kind: [kind] * 2)
    distribution.check(2)
    with pytest.raises(InputError) as refused:
        distribution.check(3)
    assert str(refused.value) == "--devices 3: only 2 GPUs are visible; ask for at most that many"


def test_the_processor_rehearses_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tensorflow.config.list_physical_devices", lambda kind: [])
    distribution.check(16)
    with pytest.raises(
        InputError, match="--devices 17: no GPU, and the processor rehearses 16; ask for at most"
    ):
        distribution.check(17)

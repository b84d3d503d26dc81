"""Ctrl-C and SIGTERM while a training runs, and afterwards."""

import signal

import pytest

from repro.training.interrupts import Interrupted, StopRequests


@pytest.mark.parametrize("number", StopRequests.HANDLED)
def test_the_first_is_noted_and_the_second_stops(number: signal.Signals) -> None:
    with StopRequests() as stop:
        assert stop.received is None
        signal.raise_signal(number)
        assert stop.received == number
        with pytest.raises(Interrupted, match="second signal") as stopped:
            signal.raise_signal(number)
    assert stopped.value.exit_status == 128 + number


def test_afterwards_signals_do_what_they_did_before() -> None:
    before = [signal.getsignal(number) for number in StopRequests.HANDLED]
    with StopRequests() as stop:
        assert [signal.getsignal(number) for number in StopRequests.HANDLED] == [stop._note] * 2
    assert [signal.getsignal(number) for number in StopRequests.HANDLED] == before

"""Calls of a network that run at once: their order, how many, and what an error leaves behind."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from repro.features.ahead import at_once

WAIT_S = 30.0  # of a test that would hang


def test_results_come_in_order_with_their_items() -> None:
    assert list(at_once(lambda n: n * n, range(7), 2)) == [(n, n * n) for n in range(7)]
    assert list(at_once(lambda n: n, [], 2)) == []


def test_two_run_at_once_but_the_first_alone() -> None:
    running: set[int] = set()
    together: set[int] = set()
    meet = threading.Barrier(2)

    def work(n: int) -> None:
        running.add(n)
        if n:
            meet.wait(WAIT_S)  # raises where the other one of the pair does not run
        together.add(len(running))
        running.discard(n)

    list(at_once(work, range(5), 2))
    assert 1 in together
    assert max(together) <= 2


def test_no_more_items_are_made_than_run_and_one() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for n in range(10):
            made.append(n)
            yield n

    with closing(at_once(lambda n: n, items(), 2)) as results:
        assert next(results) == (0, 0)
        assert made == [0]
        assert next(results) == (1, 1)
        assert made == [0, 1, 2, 3]


def test_what_was_made_before_an_error_is_finished() -> None:
    def items() -> Iterator[int]:
        yield from range(4)
        raise ValueError("no more")

    results = at_once(lambda n: n, items(), 2)
    assert [next(results)[0] for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="no more"):
        next(results)


def test_an_error_of_the_work_comes_at_its_turn() -> None:
    results = at_once(lambda n: 1 // (n - 2), range(5), 2)
    assert [next(results)[0] for _ in range(2)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)

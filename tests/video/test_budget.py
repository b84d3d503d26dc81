"""Threads take shares of one budget: never more than there is, and whoever waits gets one in the end."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from repro.video import budget
from repro.video.budget import Budget


@pytest.mark.parametrize("size_bytes", [1, 30, 50, 51, 100, 1000])
def test_no_more_is_held_than_there_is(size_bytes: int) -> None:
    shared, lock = Budget(100), threading.Lock()
    held, most = 0, 0

    def work(_: int) -> None:
        nonlocal held, most
        with shared.share(size_bytes):
            with lock:
                held += size_bytes
                most = max(most, held)
            with lock:
                held -= size_bytes

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(300)))
    assert most <= max(100, size_bytes)


def test_who_asks_for_more_than_is_left_waits_until_it_is_given_back() -> None:
    shared, inside = Budget(100), threading.Event()

    def ask() -> None:
        with shared.share(41):
            inside.set()

    with ThreadPoolExecutor(1) as pool, shared.share(60):
        waiting = pool.submit(ask)
        with shared.share(40):  # what fits need not wait
            assert not inside.wait(0.02)
    waiting.result()
    assert inside.is_set()


def test_an_error_gives_the_share_back() -> None:
    shared = Budget(100)
    with pytest.raises(KeyError), shared.share(100):
        raise KeyError
    with shared.share(100):
        pass


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (8, 8), (64, 16), (None, 1)])
def test_the_number_of_threads_is_bounded(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, threads: int
) -> None:
    monkeypatch.setattr(budget.os, "cpu_count", lambda: cores)
    assert budget.threads() == threads
    assert budget.threads(40) == 40

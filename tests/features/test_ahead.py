"""Work runs ahead in threads, but what it holds together stays within its bytes, whatever the cores."""

import threading
from contextlib import closing
from pathlib import Path

import pytest

from repro.features.ahead import ahead, one_behind
from repro.types import VideoRef

REFS = [VideoRef(str(number), Path(f"/{number}.avi"), 0, "g") for number in range(30)]


def _most_held(sizes: dict[str, int], limit: int, workers: int) -> int:
    """The most bytes that were begun, waiting or in use at one time."""
    lock, begun, used, most = threading.Lock(), 0, 0, 0

    def work(ref: VideoRef) -> str:
        nonlocal begun, most
        with lock:
            begun += sizes[ref.video_id]
            most = max(most, begun - used)
        return ref.video_id

    results = []
    with closing(
        ahead(work, REFS, workers, size_bytes=lambda ref: sizes[ref.video_id], limit_bytes=limit)
    ) as finished:
        for video_id in finished:
            results.append(video_id)
            with lock:
                used += sizes[video_id]
    assert results == [ref.video_id for ref in REFS]
    return most


@pytest.mark.parametrize("workers", [1, 3, 16])
def test_no_more_bytes_are_held_than_allowed(workers: int) -> None:
    sizes = {ref.video_id: 1 + number % 5 for number, ref in enumerate(REFS)}
    assert _most_held(sizes, 9, workers) <= 9


def test_a_result_larger_than_all_is_alone() -> None:
    assert _most_held({ref.video_id: 50 for ref in REFS}, 9, 16) == 50


def test_small_results_are_bounded_by_the_threads() -> None:
    assert _most_held({ref.video_id: 1 for ref in REFS}, 1000, 2) <= 4


def test_results_are_in_use_until_the_next_is_asked_for() -> None:
    begun: list[str] = []
    finished = ahead(
        lambda ref: begun.append(ref.video_id), REFS[:4], 4, size_bytes=lambda ref: 5, limit_bytes=10
    )
    next(finished)
    assert set(begun) <= {"0", "1"}
    finished.close()


def test_one_behind_works_in_order_beside_the_caller() -> None:
    done: list[int] = []
    first_may_end = threading.Event()

    def first() -> None:
        assert first_may_end.wait(60)
        done.append(1)

    with one_behind() as do:
        do(first)
        assert done == []  # the first is still at work
        first_may_end.set()
        do(lambda: done.append(2))
        assert done[0] == 1
    assert done == [1, 2]


@pytest.mark.parametrize("more", [0, 1])
def test_an_error_of_one_behind_comes_with_the_next_or_at_the_end(more: int) -> None:
    done: list[int] = []

    def full() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"), one_behind() as do:  # noqa: PT012
        do(full)
        for _ in range(more):
            do(lambda: done.append(1))
            done.append(2)
    assert done == []


def test_what_one_behind_has_begun_is_finished_whatever_ends_the_caller() -> None:
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt), one_behind() as do:  # noqa: PT012
        do(lambda: done.append(1))
        raise KeyboardInterrupt
    assert done == [1]

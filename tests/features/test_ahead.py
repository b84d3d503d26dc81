"""Work runs ahead in threads, but what it holds together stays within its bytes, whatever the cores."""

import threading
from contextlib import closing
from pathlib import Path

import pytest

from repro.features.ahead import ahead
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

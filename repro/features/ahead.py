"""Work on one video after the other in threads, a little ahead of who uses the results."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from repro.types import VideoRef
from repro.video.budget import RESULT_BYTES, threads

R = TypeVar("R")


def ahead(
    work: Callable[[VideoRef], R],
    refs: Sequence[VideoRef],
    workers: int | None = None,
    *,
    name: str = "decode",
    stopped: threading.Event | None = None,
    size_bytes: Callable[[VideoRef], int] | None = None,
    limit_bytes: int = RESULT_BYTES,
) -> Generator[R]:
    """`work(ref)` of each video in the order of `refs`; at most two results a thread are held at once.

    workers: as `budget.threads` has it; OpenCV works outside Python's lock. size_bytes: how large a result
    will be; the results that are made, wait or are used hold `limit_bytes` together, or are a single one.
    Close the generator to end the threads: what has not begun is dropped, what has begun is waited for.
    stopped: set before the wait, so that long work can look at it and give up.
    """
    workers = threads(workers)
    pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
    pending: deque[tuple[Future[R], int]] = deque()
    held_bytes = 0
    try:
        for ref in refs:
            size = 0 if size_bytes is None else size_bytes(ref)
            while pending and (len(pending) == 2 * workers or held_bytes + size > limit_bytes):
                yield pending[0][0].result()
                held_bytes -= pending.popleft()[1]
            pending.append((pool.submit(work, ref), size))
            held_bytes += size
        while pending:
            yield pending.popleft()[0].result()
    finally:
        if stopped is not None:
            stopped.set()
        pool.shutdown(wait=True, cancel_futures=True)

"""Work on one video after the other in threads, a little ahead of who uses the results."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from repro.types import VideoRef

MOST_WORKERS = 16
R = TypeVar("R")


def ahead(
    work: Callable[[VideoRef], R],
    refs: Sequence[VideoRef],
    workers: int | None = None,
    *,
    name: str = "decode",
    stopped: threading.Event | None = None,
) -> Generator[R]:
    """`work(ref)` of each video in the order of `refs`; at most two results a thread are held at once.

    workers: threads, by default one a core up to 16; OpenCV works outside Python's lock. Close the generator
    to end them: what has not begun is dropped, what has begun is waited for. stopped: set before the wait, so
    that long work can look at it and give up.
    """
    workers = workers or min(os.cpu_count() or 1, MOST_WORKERS)
    pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
    pending: deque[Future[R]] = deque()
    try:
        for ref in refs:
            pending.append(pool.submit(work, ref))
            if len(pending) == 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        if stopped is not None:
            stopped.set()
        pool.shutdown(wait=True, cancel_futures=True)

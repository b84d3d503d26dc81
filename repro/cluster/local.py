"""`--cluster local:N`: N shards at a time on this machine, each in processes of its own."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from repro.cluster.shard import run_shard
from repro.cluster.task import Result, Task


class Local:
    """A thread for each supervisor: they wait, and their processes compute."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def run(self, tasks: Iterator[Task]) -> Generator[Result]:
        """As `client.Engine` has it."""
        stop, out = threading.Event(), set[Future[Result]]()
        with ThreadPoolExecutor(self._workers, thread_name_prefix="shard") as pool:
            try:
                for task in tasks:
                    out.add(pool.submit(run_shard, task, stop))
                    if len(out) == self._workers:
                        done, out = wait(out, return_when=FIRST_COMPLETED)
                        yield from (future.result() for future in done)
                while out:
                    done, out = wait(out, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            finally:
                stop.set()

"""`--cluster tcp://...`: a Dask scheduler and its workers. One task a shard; a child process does its work.

So the worker's own process only waits, and native code that holds Python's lock cannot keep it from telling
the scheduler that it lives.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator, Iterator
from contextlib import suppress

import distributed
from distributed.client import CancelledError
from distributed.comm.core import CommClosedError
from distributed.scheduler import KilledWorker

from repro.cluster.shard import run_shard
from repro.cluster.task import Result, Task
from repro.types import InputError

OUT_A_WORKER = 2  # tasks: one at work, and the next
WAIT_S = 60.0  # for a scheduler, or for a first worker
LOOK_S = 1.0
_LOST = ("cancelled", "lost")
_NO_CONNECTION = (asyncio.CancelledError, CancelledError, CommClosedError)


class Dask:
    """The workers of the scheduler at an address, each with one thread of Dask."""

    def __init__(self, address: str, wait_s: float = WAIT_S) -> None:
        self._address, self._wait_s = address, wait_s

    def run(self, tasks: Iterator[Task]) -> Generator[Result]:
        """As `client.Engine` has it. Tasks are lost with their scheduler, and where several workers die."""
        try:
            client = distributed.Client(self._address, timeout=self._wait_s, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise InputError(
                f"no Dask scheduler answers at {self._address} ({type(error).__name__}); start one with: "
                "dask scheduler"
            ) from error
        session = _Session(client, tasks, self._wait_s)
        try:
            yield from session.results()
        finally:
            with suppress(Exception):  # what went wrong before says more
                session.cancel()
                client.close()


class _Session:
    """Tasks that are out at one client of Dask."""

    def __init__(self, client: distributed.Client, tasks: Iterator[Task], wait_s: float) -> None:
        self._client, self._tasks, self._wait_s = client, tasks, wait_s
        self._out: dict[distributed.Future, Task] = {}
        self._refused: dict[str, Result] = {}  # by the worker's address
        self._again: list[Task] = []
        self._worked = time.monotonic()  # when there was a worker

    def results(self) -> Iterator[Result]:
        """As they come, until nothing is left or the connection is."""
        while self._send() and self._client.status == "running":
            if not self._out:
                time.sleep(LOOK_S)
                continue
            with suppress(TimeoutError, *_NO_CONNECTION), self._client.as_current():
                distributed.wait(list(self._out), timeout=LOOK_S, return_when="FIRST_COMPLETED")
            ended = [future for future in self._out if future.status != "pending"]
            for future in ended:
                result = self._result(future, self._out.pop(future))
                if result is not None:
                    yield result
            if any(future.status in _LOST for future in ended):
                return  # with the scheduler: the client begins another round

    def cancel(self) -> None:
        """Drop what has not begun. What has ends by itself with its video, when the client's mark is gone."""
        if self._out:
            self._client.cancel(list(self._out))

    def _send(self) -> bool:
        """Fill up what is out; whether there is something to wait for. InputError where no worker is."""
        workers = self._workers()
        if workers:
            self._worked = time.monotonic()
        elif not self._refused and time.monotonic() > self._worked + self._wait_s:
            raise InputError(
                f"the Dask scheduler has had no worker for {self._wait_s:g} s; start: dask worker"
            )
        while len(self._out) < OUT_A_WORKER * len(workers):
            task = self._again.pop() if self._again else next(self._tasks, None)
            if task is None:
                break
            only = {"workers": workers} if self._refused else {}
            future = self._client.submit(_on_worker, task, pure=False, **only)
            self._out[future] = task
        return bool(self._out) or not (workers or self._refused)

    def _workers(self) -> list[str]:
        """The addresses of those that were not refused."""
        there = self._client.scheduler_info(n_workers=-1)["workers"]
        return [address for address in there if address not in self._refused]

    def _result(self, future: distributed.Future, task: Task) -> Result | None:
        if future.status in _LOST:
            return None
        try:
            address, result = future.result()
        except (*_NO_CONNECTION, KilledWorker):
            return None
        except (ImportError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and "deserialization" not in str(error):
                raise
            raise InputError(
                "the Dask scheduler or a worker cannot load the project; install it there as it is here"
            ) from error
        if not result.refused:
            return result
        self._refused[address] = result
        if not self._workers():
            return result
        print(f"      worker {result.worker} is refused: {result.refused}")
        self._again.append(task)
        return None


def _on_worker(task: Task) -> tuple[str, Result]:
    return distributed.get_worker().address, run_shard(task)

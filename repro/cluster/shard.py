"""`run_shard`: the supervisor of one shard. It computes nothing, so that no native code can end it."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from repro.cluster import ledger
from repro.cluster.child import FINISHED, READY, REFUSED, STOPPED
from repro.cluster.ledger import Ledger
from repro.cluster.task import CRASHED, OUT_OF_MEMORY, TIMEOUT, Result, Task
from repro.paths import PROJECT, threads_at_start

# Of processes in one video: a first may have been meant for the worker, as when it is preempted.
MOST_DEATHS = 3
POLL_S = 0.5
LAST = (FINISHED, REFUSED, STOPPED)  # answers after which there is nothing to wait for

# The place of this very package, whatever folder the worker was started in.
PROGRAM = (
    sys.executable,
    "-c",
    "import sys; sys.path.insert(0, sys.argv[1]); from repro.cluster.child import main; main()",
    str(PROJECT),
)


def run_shard(task: Task, stop: threading.Event | None = None, program: Sequence[str] = PROGRAM) -> Result:
    """Have every video of shard i of n stored, or a reason why not in the shard's ledger.

    May run again at any time and anywhere, also beside itself: stored videos are passed over, files appear
    whole. stop: ends it early, as the client does by removing the file `mark`. program: what does the work
    (`child.py`). Raises OSError where the ledger cannot be written.
    """
    worker = f"{socket.gethostname()}, process {os.getpid()}"
    if not (Path(task.ledgers) / task.mark).exists():
        reason = f"it does not see {task.ledgers}, which must lie on a disk that it shares with the client"
        return Result(task.shard, worker, refused=reason)
    book = Ledger(task, worker)
    try:
        refused, stopped = _Supervisor(task, book, stop or threading.Event(), program).run()
        return Result(task.shard, worker, book.done, tuple(book.failures.values()), refused, stopped)
    finally:
        book.close()


class _Supervisor:
    """One process after the other, until one finishes, none can start, or `stop` is set."""

    def __init__(self, task: Task, book: Ledger, stop: threading.Event, program: Sequence[str]) -> None:
        self._task, self._book, self._stop, self._program = task, book, stop, program
        self._log, self._mark = book.path.with_suffix(".log"), Path(task.ledgers) / task.mark
        self._current: tuple[str, str] | None = None  # the video that is under way
        self._ready = False

    def run(self) -> tuple[str, str]:
        """Why the worker is refused, and why the shard is stopped; empty where neither is so."""
        failed_starts = 0
        while not self._stop.is_set():
            for video in self._task.videos:
                if self._book.deaths[video.key] >= MOST_DEATHS:  # of earlier owners of the shard
                    self._book.add(*video, CRASHED, f"{MOST_DEATHS} processes ended in it")
            last, status = self._attend()
            if last["outcome"] in LAST:
                reason = last.get("reason", "")
                return (reason, "") if last["outcome"] == REFUSED else ("", reason)
            failed_starts += not self._ready
            if failed_starts == MOST_DEATHS:
                return "", f"the process that computes ends at its start ({_how(status)}); see {self._log}"
            if self._current and self._book.deaths[self._current[0]] >= MOST_DEATHS:
                outcome = OUT_OF_MEMORY if status == -signal.SIGKILL else CRASHED
                self._book.add(*self._current, outcome, _how(status))
        return "", ""

    def _attend(self) -> tuple[dict[str, Any], int]:
        """The last answer of a process, and its exit status. What it says of videos is in the ledger."""
        self._current, self._ready = None, False
        task, answer = self._task, {"outcome": ""}
        child = _Child(task, list(self._book.failures), self._log, self._program)
        try:
            while line := child.line(task.timeout_s if self._current else None, self._stop):
                answer, self._ready = line, True
                if line["outcome"] in LAST:
                    break
                if line["outcome"] != READY:
                    self._note(line)
                if self._current and not self._mark.exists():
                    self._stop.set()  # the client has gone: what it lacks, another will send
        except TimeoutError:
            assert self._current is not None
            self._book.add(*self._current, TIMEOUT, f"not done after {task.timeout_s:g} s")
            self._current = None
        finally:
            status = child.end()
        return answer, status

    def _note(self, line: dict[str, Any]) -> None:
        video = line["key"], line["video"]
        self._book.add(*video, line["outcome"], line.get("reason", ""), line.get("took_s", 0.0))
        self._current = video if line["outcome"] == ledger.BEGUN else None


def _how(status: int) -> str:
    if status == -signal.SIGKILL:
        return "killed, as a machine does that runs out of memory"
    return f"ended by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


class _Child:
    """The process, its answers line by line, and its end."""

    def __init__(self, task: Task, skipped: Sequence[str], log: Path, program: Sequence[str]) -> None:
        asked = {"versions": dict(task.versions), "cwd": task.cwd, "skipped": skipped}
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [*threads_at_start(task.threads), *program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._out = self._process.stdout.fileno()
        self._rest, self._ended = b"", False
        with suppress(BrokenPipeError):  # its end says more
            self._process.stdin.write(json.dumps(asked).encode() + b"\n" + task.content)
            self._process.stdin.flush()

    def line(self, within_s: float | None, stop: threading.Event) -> dict[str, Any] | None:
        """The next answer; None at the end of the process or of all. TimeoutError after `within_s`."""
        until = None if within_s is None else time.monotonic() + within_s
        while b"\n" not in self._rest:
            if stop.is_set():
                return None
            if until is not None and time.monotonic() > until:
                raise TimeoutError
            if not select.select([self._out], [], [], POLL_S)[0]:
                continue
            part = os.read(self._out, 65536)
            if not part:
                self._ended = True
                return None
            self._rest += part
        text, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, Any] = json.loads(text)
        return answer

    def end(self) -> int:
        """The exit status: of a process that ended, or of one that is ended now."""
        if not self._ended:
            self._process.kill()
        status = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()  # type: ignore[union-attr]
        return status

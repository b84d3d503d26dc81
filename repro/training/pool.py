"""Models trained side by side, each with one thread, by as many processes as there are cores.

A process trains one model after the other through `fit`, in that model's own folder; whatever ends it costs
no more than `fit` loses. This process computes nothing: it hands out calls, moves one bar on, and stops the
others where one fails or where it is asked to stop itself.
"""

from __future__ import annotations

import json
import os
import pickle
import select
import signal
import subprocess
import sys
import tempfile
import warnings
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any

from tqdm import tqdm

from repro.paths import PROJECT, threads_at_start
from repro.training.interrupts import Interrupted, StopRequests
from repro.training.pool_process import CRASHED, DONE, HEAD_BYTES, REFUSED, SYSTEM
from repro.types import InputError

LOOK_EVERY_S = 0.5
_STOPPED = (-signal.SIGTERM, 128 + signal.SIGTERM)  # exit statuses of a process that was asked to stop

Call = Callable[[], object]  # it is pickled, so it holds no closure

# The place of this very package, whatever else is installed.
_PROGRAM = (
    sys.executable,
    "-c",
    "import sys; sys.path.insert(0, sys.argv[1]); from repro.training.pool_process import main; main()",
    str(PROJECT),
)


def train(
    calls: Mapping[str, Callable[[], Call]], processes: int, *, describe: str, finished: int = 0
) -> None:
    """Run every call in one of so many processes.

    calls: by the model's name, what makes its call; made when a process is free for it. finished: how many
    models of the bar were trained before. Where one fails, the others save what they have and stop, and its
    error is raised: InputError and OSError as they were, InputError for a process that was killed,
    RuntimeError with the traceback of any other. Raises Interrupted, once all have saved, after SIGINT or
    SIGTERM.
    """
    waiting = deque(calls)
    error: Exception | None = None
    bar = tqdm(None, describe, len(calls) + finished, initial=finished, unit="model", dynamic_ncols=True)
    with StopRequests() as stop, bar, ExitStack() as ends:
        busy = [_Process() for _ in range(min(processes, len(calls)))]
        for process in busy:
            ends.callback(process.end)
        for process in busy:
            _give_next(process, waiting, calls)
        stopping = False
        while busy:
            if not stopping and (error or stop.received is not None):
                stopping = True
                for process in busy:
                    process.ask_to_stop()
            for process in _ready(busy):
                trouble = process.trouble(stopping)
                error = error or trouble
                bar.update(int(trouble is None and not process.ended))
                if process.ended or stopping or error or not waiting:
                    busy.remove(process)
                else:
                    _give_next(process, waiting, calls)
            bar.refresh()
    if error:
        raise error
    if stop.received is not None:
        raise Interrupted(stop.received, "training stopped and saved; the same call continues it")


def _give_next(process: _Process, waiting: deque[str], calls: Mapping[str, Callable[[], Call]]) -> None:
    name = waiting.popleft()
    process.give(name, calls[name]())


def _ready(processes: Sequence[_Process]) -> list[_Process]:
    """Those that have answered, or ended; none after a while, so that a request to stop is noticed."""
    answered = select.select([process.out for process in processes], [], [], LOOK_EVERY_S)[0]
    return [process for process in processes if process.out in answered]


class _Process:
    """One process, in a group of its own: Ctrl-C reaches this one alone, which passes it on."""

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [*threads_at_start(1), *_PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            process_group=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self.out = self._process.stdin, self._process.stdout.fileno()
        self._name, self.ended = "", False

    def give(self, name: str, call: Call) -> None:
        """Have a model trained."""
        self._name, content = name, pickle.dumps(call)
        with suppress(BrokenPipeError):  # its end says more
            self._in.write(len(content).to_bytes(HEAD_BYTES) + content)
            self._in.flush()

    def ask_to_stop(self) -> None:
        """Let it end once its step is finished and saved."""
        self._process.terminate()

    def trouble(self, stopping: bool) -> Exception | None:
        """What went wrong with the model that it was given; None where it is trained, or was stopped."""
        line = b""
        while not line.endswith(b"\n"):
            part = os.read(self.out, 65536)
            if not part:
                self.ended = True
                return self._death(stopping)
            line += part
        answer: dict[str, Any] = json.loads(line)
        for text in answer["warnings"]:
            warnings.warn(text, RuntimeWarning, stacklevel=2)
        of_outcome: dict[str, Callable[..., Exception]] = {
            REFUSED: InputError,
            SYSTEM: OSError,
            CRASHED: RuntimeError,
        }
        return None if answer["outcome"] == DONE else of_outcome[answer["outcome"]](*answer["arguments"])

    def _death(self, stopping: bool) -> Exception | None:
        status = self._process.wait()
        if stopping and status in _STOPPED:
            return None
        how = f"ended with status {status}: {self._last_words()}"
        if status < 0:
            how = f"was ended by {signal.Signals(-status).name}"
        if status == -signal.SIGKILL:
            how = "was killed, as a machine does that runs out of memory"
        return InputError(
            f"the process that trained {self._name} {how}; what it saved is kept, the same command continues"
        )

    def _last_words(self) -> str:
        """What Python ends with where it cannot even begin; an engine's remarks stand before it."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace").strip().rpartition("\n")[2]

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._log.close()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()  # type: ignore[union-attr]

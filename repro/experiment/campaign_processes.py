"""The steps of a campaign side by side: each in a process of its own, which has a core for itself."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from repro.experiment.campaign import Step

LOOK_EVERY_S = 1.0  # at children that compute for minutes


class Running(NamedTuple):
    """A step's process. core: None where the system pins none."""

    step: Step
    process: subprocess.Popen[bytes]
    began_s: float
    core: int | None


def ended(
    steps: Sequence[Step],
    cores: Sequence[int | None],
    command: Callable[[Step], list[str]],
    log: Callable[[Step], Path],
) -> Generator[tuple[Running, bool]]:
    """Each step when its process has ended, and whether it did its work. An interrupt or SIGTERM stops them.

    cores: one of each process at a time, None where it is pinned to none. log: where a step's output goes.
    """
    waiting, free = list(steps), list(cores)
    running: list[Running] = []
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        while waiting or running:
            while free and (step := _next(waiting, running)):
                waiting.remove(step)
                running.append(_started(step, free.pop(0), command(step), log(step)))
            time.sleep(LOOK_EVERY_S)
            for one in [each for each in running if each.process.poll() is not None]:
                running.remove(one)
                free.append(one.core)
                yield one, one.process.returncode == 0
    finally:
        for one in running:
            one.process.terminate()  # what is started in the background does not hear SIGINT
        for one in running:
            one.process.wait()
        signal.signal(signal.SIGTERM, before)


def _exit(number: int, frame: FrameType | None) -> None:
    """What would end us at once, and leave the processes to themselves, is an exception like Ctrl-C."""
    raise SystemExit(128 + number)  # the status that a shell reports for it


def _next(waiting: Sequence[Step], running: Sequence[Running]) -> Step | None:
    """The first step of another seed than those that run: runs of one seed share networks and folders."""
    seeds = {one.step.seed for one in running}
    return next((step for step in waiting if step.seed not in seeds), None)


def _started(step: Step, core: int | None, command: list[str], log: Path) -> Running:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file, _pinned(core):
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches it through us alone, once
        )
    return Running(step, process, time.monotonic(), core)


@contextmanager
def _pinned(core: int | None) -> Iterator[None]:
    """What is started within has this core alone, from its first moment on."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)

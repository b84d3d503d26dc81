"""`--workers FROM`: the same command at several processes, of which the first runs it and all train.

The others follow it up to the last stage that trains, print nothing, and wait for the end of each run.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repro.paths import worker_variables
from repro.training.worker_list import WorkerList, worker_list
from repro.types import InputError


def workers_asked(options: argparse.Namespace) -> WorkerList | None:
    """The workers that a command names; None where it runs alone. InputError for variables that are wrong."""
    if options.workers is None:
        return None
    for option, given in {"--devices": options.devices, "--dry-run": options.dry_run}.items():
        if given:
            raise InputError(f"{option} does not go with --workers, where each takes every GPU that it sees")
    listed = worker_list(options.workers, worker_variables())
    return listed if len(listed.addresses) > 1 else None


def joined(listed: WorkerList) -> Any:
    """Their `Workers`, once all are there. Brings TensorFlow."""
    from repro.training import distribution
    from repro.training.workers import workers_of

    return workers_of(distribution.strategy(workers=listed))


@contextlib.contextmanager
def taking_part(listed: WorkerList | None) -> Iterator[None]:
    """One command at each of them, from the first word to the last; only the chief prints."""
    if listed is None:
        yield
        return
    task, count = listed.task, len(listed.addresses)
    role = "runs the command" if task == 0 else "trains with worker 0, which prints and writes"
    print(f"worker {task} of {count}, at {listed.addresses[task]}: {role}", flush=True)
    with _killed_by_ctrl_c():
        workers = joined(listed)
    with contextlib.ExitStack() as follows:
        if task:
            follows.enter_context(_killed_by_ctrl_c())
            follows.enter_context(contextlib.redirect_stdout(None))
        yield
        workers.meet("the end of the command")


@contextlib.contextmanager
def in_turn(listed: WorkerList | None, what: str) -> Iterator[None]:
    """As `Workers.in_turn`; alone, nothing but the block."""
    with contextlib.nullcontext() if listed is None else joined(listed).in_turn(what):
        yield


def require_shared(folder: Path) -> None:
    """InputError where the folder that the chief just made is not here."""
    if not folder.is_dir():
        raise InputError(
            f"worker 0 works in {folder}, which is not here; all workers need the same --out, on a disk that "
            "they share"
        )


@contextlib.contextmanager
def _killed_by_ctrl_c() -> Iterator[None]:
    """While TensorFlow waits for others, Python hears of no signal; a training asks for its own handlers."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

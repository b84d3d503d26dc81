"""Clusters whose processes are killed in the middle, and what must be true all the same."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from helpers.made_shards import MadeUpWork, videos, work_on
from repro.cluster import client, ledger
from repro.cluster.client import Cluster, Engine
from repro.cluster.task import Settings

NAMES = [f"good-{number}" for number in range(24)]
SMALL = Settings(videos=4, timeout_s=60)
TAKES_S = 0.02


@contextmanager
def soon(act: Callable[[], bool]) -> Iterator[list[bool]]:
    """`act` is called again and again in a thread until it has acted, or the block ends: what it said."""
    over, acted = threading.Event(), list[bool]()

    def until() -> None:
        while not over.wait(0.005):
            if act():
                acted.append(True)
                return

    thread = threading.Thread(target=until)
    thread.start()
    try:
        yield acted
    finally:
        over.set()
        thread.join()


def kill_a_child(work: MadeUpWork, after: int) -> Callable[[], bool]:
    """Kills the process of the newest video once so many were begun."""

    def act() -> bool:
        try:
            lines = (work.folder / "begun").read_text().splitlines()
        except FileNotFoundError:
            return False
        if len(lines) < after or len(lines[-1].split()) != 2:
            return False
        try:
            os.kill(int(lines[-1].split()[1]), signal.SIGKILL)
        except ProcessLookupError:
            return False  # it finished its shard meanwhile; the next one then
        return True

    return act


def fill_and_kill(folder: Path, engine: Engine, kill: Callable[[MadeUpWork], Callable[[], bool]]) -> int:
    """A store is filled while something is killed: how many videos were begun again. Asserts the rest."""
    folder.mkdir()
    work, refs = work_on(folder, TAKES_S), videos(folder, NAMES)
    with soon(kill(work)) as killed:
        Cluster(engine, SMALL).fill(work, refs)
    assert killed
    for ref in refs:  # none lost
        np.testing.assert_array_equal(work.store.read(ref)["length"], [[len(ref.video_id)]])
    assert len(list(work.store.folder.glob("*.npz"))) == len(NAMES)  # each stored once
    assert not ledger.failures(work.store.folder / client.LEDGERS, work.store.key_digest)
    times = Counter(line.split()[0] for line in (folder / "begun").read_text().splitlines())
    assert times.keys() == set(NAMES)
    return sum(times.values()) - len(NAMES)


def wait_for(condition: Callable[[], bool], what: str, within_s: float = 60.0) -> None:
    """Looks until a condition holds; AssertionError naming it after so long."""
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.05)

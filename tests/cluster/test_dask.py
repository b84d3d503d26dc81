"""`--cluster tcp://...` on a real scheduler and two real workers of this machine."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers.killed_workers import NAMES, fill_and_kill, soon, wait_for
from helpers.made_shards import MadeUpWork, begun, videos, work_on
from repro.cluster.client import Cluster
from repro.cluster.task import Settings
from repro.paths import PROJECT
from repro.types import InputError

pytest.importorskip("distributed", reason="requirements-cluster.txt is not installed")
from repro.cluster import dask

pytestmark = [pytest.mark.slow, pytest.mark.exhaustive]
SMALL = Settings(videos=4, timeout_s=60)


class Machines:
    """A scheduler at a port of its own, and workers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"
        )
        self.named = 0
        self.workers: list[subprocess.Popen[bytes]] = []

    def add(self, paths: tuple[Path, ...] = (PROJECT, PROJECT / "tests")) -> None:
        """A worker that has the project, and the tests for its children."""
        self.named += 1
        name = f"worker{self.named}"
        words = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name)
        self.workers.append(self._start("worker", self.address, *words, paths=paths))

    def restart_scheduler(self) -> None:
        """Another one in its place. The workers end with the old one and are started again."""
        stop(self.scheduler, *self.workers)
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"
        )
        for _ in range(len(self.workers)):
            self.add()

    def _start(self, *words: str, paths: tuple[Path, ...] = (PROJECT,)) -> subprocess.Popen[bytes]:
        with (self.folder / "machines.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )


def stop(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    started = Machines(tmp_path)
    yield started
    stop(started.scheduler, *started.workers)


def kill_a_worker(machines: Machines, after: int) -> Callable[[MadeUpWork], Callable[[], bool]]:
    """`kill -9` of the worker that was started first, in the middle; another takes its place."""

    def kill(work: MadeUpWork) -> Callable[[], bool]:
        def act() -> bool:
            if not (work.folder / "begun").exists() or len(begun(work.folder)) < after:
                return False
            worker = machines.workers.pop(0)
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
            return True

        return act

    return kill


def kills(machines: Machines, folder: Path, times: int) -> list[int]:
    """How many videos were begun again at each of so many kills."""
    machines.add()
    again = []
    for n in range(times):
        machines.add()
        engine = dask.Dask(machines.address)
        again.append(fill_and_kill(folder / str(n), engine, kill_a_worker(machines, 2 + n % 12)))
    return again


def test_a_killed_worker_loses_nothing(machines: Machines, tmp_path: Path) -> None:
    assert max(kills(machines, tmp_path, 2)) <= 1


def test_a_hundred_killed_workers(machines: Machines, tmp_path: Path) -> None:
    again = kills(machines, tmp_path, 100)
    print(f"{sum(again)} videos were begun again in 100 kills")
    assert max(again) <= 1


def test_after_a_scheduler_restarts_the_rest_is_sent_again(machines: Machines, tmp_path: Path) -> None:
    machines.add()
    work, refs = work_on(tmp_path, 0.1), videos(tmp_path, NAMES)

    def restart() -> bool:
        if not (tmp_path / "begun").exists() or len(begun(tmp_path)) < 5:
            return False
        machines.restart_scheduler()
        return True

    with soon(restart) as restarted:
        Cluster(dask.Dask(machines.address), SMALL).fill(work, refs)
    assert restarted
    assert all(work.store.has(ref) for ref in refs)
    assert len(begun(tmp_path)) <= len(NAMES) + 1


def test_a_worker_of_another_version_is_refused_and_the_other_does_all(
    machines: Machines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = tmp_path / "older"
    shutil.copytree(PROJECT / "repro", older / "repro", ignore=shutil.ignore_patterns("__pycache__"))
    boxes = older / "repro" / "boxes.py"
    boxes.write_text(boxes.read_text() + "# another\n")
    machines.add((older, PROJECT / "tests"))
    work, refs = work_on(tmp_path, 0.02), videos(tmp_path, NAMES)
    with pytest.raises(InputError, match=r"^worker .* is refused: it has repro .*, wanted "):
        Cluster(dask.Dask(machines.address), SMALL).fill(work, refs)
    machines.add()
    wait_for(lambda: _workers(machines) == 2, "the second worker did not come")
    Cluster(dask.Dask(machines.address), SMALL).fill(work, refs)
    assert all(work.store.has(ref) for ref in refs)
    assert re.search(r"worker .* is refused: it has repro ", capsys.readouterr().out)


def test_no_scheduler_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"):
        Cluster(dask.Dask("tcp://127.0.0.1:9", wait_s=1), SMALL).fill(
            work_on(tmp_path), videos(tmp_path, ["a"])
        )


def test_no_worker_is_one_line(machines: Machines, tmp_path: Path) -> None:
    wait_for(lambda: _answers(machines), "the scheduler did not start")
    engine = dask.Dask(machines.address, wait_s=1.0)
    with pytest.raises(InputError, match="has had no worker for 1 s"):
        Cluster(engine, SMALL).fill(work_on(tmp_path), videos(tmp_path, ["a"]))


def _workers(machines: Machines) -> int:
    import distributed

    with distributed.Client(machines.address, set_as_default=False) as client:
        return len(client.scheduler_info(n_workers=-1)["workers"])


def _answers(machines: Machines) -> bool:
    try:
        socket.create_connection(("127.0.0.1", machines.port), 1).close()
    except OSError:
        return False
    return True

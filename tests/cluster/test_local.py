"""`--cluster local:N`: the same bytes as without it, whatever N is, also when a process is killed."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from helpers.killed_workers import fill_and_kill, kill_a_child, wait_for
from helpers.made_shards import videos, work_on
from repro.atomic import sha256_of
from repro.cluster import client
from repro.cluster.client import Cluster
from repro.cluster.local import Local
from repro.cluster.task import Settings, Task, tasks
from repro.cluster.versions import versions
from repro.features.flow_store import FlowSettings
from repro.features.flow_work import FlowWork
from repro.paths import PROJECT
from repro.types import VideoRef
from repro.video import encode

LENGTHS = {"c/v0": 4, "c/v1": 2, "c/v2": 5, "c/v3": 3}


@pytest.fixture
def _children_know_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT / "tests"))


def clips(folder: Path) -> list[VideoRef]:
    """Four lossless clips of noise, counted."""
    refs, rng = [], np.random.default_rng(0)
    for video_id, frames in LENGTHS.items():
        path = folder / f"{video_id.replace('/', '_')}.avi"
        encode.write_video(path, rng.integers(0, 256, (frames, 24, 32, 3), np.uint8), 25, "ffv1")
        refs.append(VideoRef(video_id, path, 0, "g", content=sha256_of(path)))
    return refs


@pytest.mark.slow
def test_any_number_of_workers_stores_the_same_bytes(tmp_path: Path) -> None:
    refs, stored = clips(tmp_path), []
    for workers in (0, 1, 3):
        work = FlowWork.of(tmp_path / str(workers), FlowSettings("dis", 24, 32), LENGTHS)
        if workers:
            Cluster(Local(workers), Settings(videos=2)).fill(work, refs)
        else:
            work.start()(refs)
        stored.append([work.store.path(ref).read_bytes() for ref in refs])
    assert stored[0] == stored[1] == stored[2]


@pytest.mark.slow
@pytest.mark.usefixtures("_children_know_the_tests")
def test_a_killed_process_costs_one_repetition(tmp_path: Path) -> None:
    again = fill_and_kill(tmp_path / "once", Local(2), lambda work: kill_a_child(work, 6))
    assert again == 1


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.usefixtures("_children_know_the_tests")
def test_a_hundred_kills(tmp_path: Path) -> None:
    again = [
        fill_and_kill(tmp_path / str(n), Local(2), lambda work, n=n: kill_a_child(work, 1 + n % 20))  # type: ignore[misc]
        for n in range(100)
    ]
    print(f"{sum(again)} videos were begun again in 100 kills")
    assert max(again) <= 1


@pytest.mark.slow
@pytest.mark.usefixtures("_children_know_the_tests")
def test_an_interrupted_client_leaves_no_process(tmp_path: Path) -> None:
    work, refs = work_on(tmp_path), videos(tmp_path, ["hangs-1"])

    def interrupted(folder: Path) -> Iterator[Task]:
        yield from tasks(work, [refs], folder, mark.name, versions(), Settings())
        wait_for((tmp_path / "begun").exists, "the video was not begun")
        raise KeyboardInterrupt

    mark = work.store.folder / client.LEDGERS / "run-1"
    mark.parent.mkdir(parents=True)
    mark.touch()
    with pytest.raises(KeyboardInterrupt):
        list(Local(2).run(interrupted(mark.parent)))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "begun").read_text().split()[1]), 0)

"""Videos that are small files, and work on them whose faults stand in their names; no pixels."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from repro.cluster.shard import run_shard
from repro.cluster.task import Result, Task
from repro.features.store import FeatureStore
from repro.paths import PROJECT
from repro.types import InputError, VideoRef

# A child that finds the tests too, since the work is theirs.
PROGRAM = (
    sys.executable,
    "-c",
    "import sys; sys.path[:0] = sys.argv[1:]; from repro.cluster.child import main; main()",
    str(PROJECT),
    str(PROJECT / "tests"),
)


@dataclass(frozen=True)
class MadeUpWork:
    """Stores the length of each file. What else it does stands in the video's name, before the first `-`.

    It notes every video that it begins in `folder/begun`, with the process that did.
    """

    store: FeatureStore
    folder: Path
    takes_s: float = 0.0

    def only(self, refs: Sequence[VideoRef]) -> MadeUpWork:
        return self

    def start(self) -> Callable[[Sequence[VideoRef]], None]:
        return self._run

    def _run(self, refs: Sequence[VideoRef]) -> None:
        for ref in refs:
            with (self.folder / "begun").open("a") as begun:
                begun.write(f"{ref.video_id} {os.getpid()}\n")
            time.sleep(self.takes_s)
            self._fail(ref.video_id.partition("-")[0], ref)
            self.store.write(ref, {"length": np.full((1, 1), ref.path.stat().st_size, np.float32)})

    def _fail(self, fault: str, ref: VideoRef) -> None:
        if fault == "broken":
            raise InputError(f"{ref.video_id} does not decode")
        if fault == "hangs":
            time.sleep(600)
        if fault == "large":
            raise MemoryError
        if fault == "wrong":
            raise KeyError("a fault of the program")
        if fault == "full":
            raise InputError("the disk is full") from OSError(28, "No space left on device")
        if fault in ("segv", "killed"):
            os.kill(os.getpid(), signal.SIGSEGV if fault == "segv" else signal.SIGKILL)
        if fault in ("once", "job") and not (self.folder / ref.video_id).exists():
            (self.folder / ref.video_id).touch()
            os.kill(os.getpid() if fault == "once" else os.getppid(), signal.SIGKILL)  # job: the supervisor
            time.sleep(5)


def videos(folder: Path, names: Sequence[str]) -> list[VideoRef]:
    """A file for each name, whose content is the name."""
    (folder / "videos").mkdir(exist_ok=True)
    refs = []
    for name in names:
        path = folder / "videos" / f"{name}.avi"
        path.write_text(name)
        refs.append(VideoRef(name, path, 0, "g", content=hashlib.sha256(name.encode()).hexdigest()))
    return refs


def work_on(folder: Path, takes_s: float = 0.0) -> MadeUpWork:
    """Work whose store and notes lie in a folder."""
    return MadeUpWork(FeatureStore(folder / "features", {"of": "files"}), folder, takes_s)


def begun(folder: Path) -> list[str]:
    """The ids of the videos that were begun, as often as they were."""
    return [line.split()[0] for line in (folder / "begun").read_text().splitlines()]


class InTurn:
    """An engine: one shard after the other, in children that know the tests."""

    def run(self, tasks: Iterator[Task]) -> Generator[Result]:
        for task in tasks:
            yield run_shard(task, program=PROGRAM)

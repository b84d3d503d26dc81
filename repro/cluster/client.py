"""The client's side: cuts videos into shards, hands them to an engine, sends again what the store lacks."""

from __future__ import annotations

import uuid
from collections.abc import Container, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from repro import atomic
from repro.cluster import ledger
from repro.cluster.progress import Progress
from repro.cluster.task import Failure, Result, Settings, Store, Task, Work, key_of, shards, tasks
from repro.cluster.versions import versions
from repro.paths import short_path
from repro.types import InputError, VideoRef

LEDGERS = "ledgers"  # a folder in that of the store
MOST_ROUNDS = 3  # in a row that store nothing
SHOWN = 5  # failures in a message; the file has them all


class DryRun(Exception):
    """Nothing was sent: what would have been is in `script`."""

    def __init__(self, script: str) -> None:
        super().__init__(script)
        self.script = script


class Engine(Protocol):
    """Machines that run shards."""

    def run(self, tasks: Iterator[Task]) -> Generator[Result]:
        """The results as they come. Of the tasks only a bounded number is out at a time; some may get lost.

        Closing the iterator ends what is out. InputError where there are no such machines.
        """


class Cluster:
    """Fills stores on the machines of an engine. retry_failed: videos that failed in an earlier run too."""

    def __init__(self, engine: Engine, settings: Settings, *, retry_failed: bool = False) -> None:
        self._engine, self._settings, self._retry_failed = engine, settings, retry_failed

    def fill(self, work: Work, missing: Sequence[VideoRef]) -> None:
        """Have each of these videos stored by some worker.

        Raises InputError with all failures by id, with why a worker is refused where no other does its work,
        or where round after round stores nothing.
        """
        store = work.store
        store.describe()
        folder = store.folder / LEDGERS
        failed = {} if self._retry_failed else ledger.failures(folder, store.key_digest)
        left = [ref for ref in missing if key_of(ref) not in failed]
        before = {ref.video_id for ref in left if store.path(ref).exists()}
        idle = 0
        while left and idle < MOST_ROUNDS:
            results = self._round(work, left, folder)
            failed.update((failure.key, failure) for result in results for failure in result.failures)
            still = [ref for ref in left if not _came(store, ref, before) and key_of(ref) not in failed]
            _raise_if_all_the_same(results, still)
            idle = idle + 1 if len(still) == len(left) else 0
            left = still
        lacking = [
            failed[key_of(ref)]._replace(video_id=ref.video_id) for ref in missing if key_of(ref) in failed
        ]
        if lacking:
            raise InputError(_summary(work, lacking, len(missing), folder))
        if left:
            raise InputError(
                f"{store.holds} of {len(left)} videos are not there after {MOST_ROUNDS} rounds, first "
                f"{left[0].video_id}; ledgers and logs are in {short_path(folder)}"
            )

    def _round(self, work: Work, left: Sequence[VideoRef], folder: Path) -> list[Result]:
        """All videos once. The file named `mark` is how a worker knows that it sees the client's disk."""
        mark = f"run-{uuid.uuid4().hex}"
        atomic.write_text(folder / mark, "")
        try:
            with Progress(len(left), f"{work.store.holds} by shards") as progress:
                cut = shards(left, self._settings)
                out = tasks(work, cut, folder, mark, versions(), self._settings)
                with closing(self._engine.run(progress.sent(out))) as results:
                    return [progress.came(result) for result in results]
        finally:
            (folder / mark).unlink(missing_ok=True)


def _came(store: Store, ref: VideoRef, before: Container[str]) -> bool:
    """Whether the entry of a video is there. before: those with one that is damaged or of an earlier file.

    Where there was one it is read whole; elsewhere that it is there is enough: all are too much to read.
    """
    return store.has(ref) if ref.video_id in before else store.path(ref).exists()


def _raise_if_all_the_same(results: Iterable[Result], left: Sequence[VideoRef]) -> None:
    """What would be the same in another round: InputError with a worker's own words."""
    for result in results:
        if result.stopped:
            raise InputError(f"worker {result.worker}: {result.stopped}")
        if result.refused and left:
            raise InputError(f"worker {result.worker} is refused: {result.refused}")


def _summary(work: Work, lacking: Sequence[Failure], asked: int, folder: Path) -> str:
    listing = folder / "failures.tsv"
    atomic.write_text(listing, "".join("\t".join(failure[1:]) + "\n" for failure in lacking))
    first = "; ".join(f"{one.video_id}: {one.outcome} ({one.reason})" for one in lacking[:SHOWN])
    more = f"; and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
    return (
        f"{work.store.holds} of {len(lacking)} of {asked} videos are missing: {first}{more}; all are in "
        f"{short_path(listing)}; replace these videos, or try them again with --retry-failed"
    )

"""What does a cluster add to each of a million videos, and does the client's memory stay as it is?"""

from __future__ import annotations

import hashlib
import resource
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks import measuring
from repro.cluster.client import Cluster
from repro.cluster.local import Local
from repro.cluster.task import Result, Settings, Task
from repro.report.tables import text_table
from repro.types import VideoRef

QUESTION = "ms that shards, ledgers and processes add to a video that takes no time itself"
VIDEOS = {"paper": 1_000_000, "tiny": 4_000}
PARTS = 10
MOST_OF_A_SHARD = 500


@dataclass
class NoStore:
    """Nothing is written: a video is there once this process has had it."""

    folder: Path
    key_digest: str = "none"
    holds: str = "nothings"
    _had: set[str] = field(default_factory=set)

    def path(self, ref: VideoRef) -> Path:
        return self.folder

    def has(self, ref: VideoRef) -> bool:
        return ref.video_id in self._had

    def describe(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)


@dataclass
class NoWork:
    """Everything that a cluster does for a video but the video."""

    store: NoStore

    def only(self, refs: Sequence[VideoRef]) -> NoWork:
        return self

    def start(self) -> Callable[[Sequence[VideoRef]], None]:
        return lambda refs: self.store._had.update(ref.video_id for ref in refs)


class Counted:
    """An engine whose results are counted: when so many videos were done, and the memory then."""

    def __init__(self, engine: Local) -> None:
        self._engine = engine
        self.done: list[tuple[int, float, float, float]] = []  # videos, s, s of computing, MB at most so far
        self.most_out = self.largest = 0

    def run(self, tasks: Iterator[Task]) -> Generator[Result]:
        out = done = 0

        def sent() -> Iterator[Task]:
            nonlocal out
            for task in tasks:
                out += 1
                self.most_out = max(self.most_out, out)
                self.largest = max(self.largest, len(task.videos))
                yield task

        for result in self._engine.run(sent()):
            out, done = out - 1, done + result.done
            self.done.append((done, time.perf_counter(), _computed_s(), _peak_mb()))
            yield result


def measure(size: str, repeats: int, folder: Path) -> dict[str, Any]:
    """One pass, in ten parts; repeats: of no meaning here, the shards repeat themselves."""
    file = folder / "video"
    file.touch()
    refs = videos(VIDEOS[size], file)
    engine = Counted(Local(1))
    begun = 0, time.perf_counter(), _computed_s(), _peak_mb()
    Cluster(engine, Settings()).fill(NoWork(NoStore(folder / "store")), refs)
    parts = in_parts([begun, *engine.done])
    return {
        "videos": len(refs),
        "shards": len(engine.done),
        "largest_shard": engine.largest,
        "most_out": engine.most_out,
        "parts": parts,
        "parts_ms": measuring.with_spread({"ours": [part["ms"] for part in parts]}),
    }


def videos(count: int, file: Path) -> list[VideoRef]:
    """So many videos of different contents, none of which is read."""
    contents = (hashlib.sha256(str(number).encode()).hexdigest() for number in range(count))
    return [VideoRef(f"c/v{n}", file, 0, "g", content=content) for n, content in enumerate(contents)]


def in_parts(done: Sequence[tuple[int, float, float, float]]) -> list[dict[str, float]]:
    """ms and ms of computing a video in each of ten parts, and the peak of memory up to its end, in MB."""
    marks = [done[round(part * (len(done) - 1) / PARTS)] for part in range(PARTS + 1)]
    return [
        {
            "videos": after[0],
            "ms": 1000 * (after[1] - before[1]) / (after[0] - before[0]),
            "computed_ms": 1000 * (after[2] - before[2]) / (after[0] - before[0]),
            "peak_mb": round(after[3], 1),
        }
        for before, after in pairwise(marks)
        if after[0] > before[0]
    ]


def _computed_s() -> float:
    """Of this process and of those that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(result: Mapping[str, Any]) -> str:
    """A line for each part."""
    rows = [
        [
            f"{part['videos']:,}",
            *(f"{part[name]:.3f}" for name in ("ms", "computed_ms")),
            f"{part['peak_mb']:.0f}",
        ]
        for part in result["parts"]
    ]
    table = text_table(("videos", "ms a video", "of it computing", "client's peak, MB"), rows)
    return (
        f"{table}\n{result['shards']} shards of at most {result['largest_shard']} videos (wanted "
        f"{MOST_OF_A_SHARD} or fewer), {result['most_out']} out at once; one worker, its process included"
    )

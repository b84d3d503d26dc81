"""What one shard is: which videos, what to do with them, and what came of it."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from repro.types import VideoRef

DONE, BROKEN, TIMEOUT = "done", "broken", "timeout"
OUT_OF_MEMORY, CRASHED = "out of memory", "crashed"
ENDINGS = (DONE, BROKEN, TIMEOUT, OUT_OF_MEMORY, CRASHED)


class Store(Protocol):
    """Where arrays of videos go: `features.VideoStore`."""

    @property
    def folder(self) -> Path: ...

    @property
    def key_digest(self) -> str: ...

    @property
    def holds(self) -> str: ...

    def path(self, ref: VideoRef) -> Path: ...

    def has(self, ref: VideoRef) -> bool: ...

    def describe(self) -> None: ...


class Work(Protocol):
    """What makes the entries of a store (`features.work`). It is pickled whole, so it holds no closure."""

    @property
    def store(self) -> Store:
        """What it fills."""

    def only(self, refs: Sequence[VideoRef]) -> Work:
        """The same with the facts of these videos alone."""

    def start(self) -> Callable[[Sequence[VideoRef]], None]:
        """What is dear to make (a network), once; what comes back stores the videos that the store lacks.

        It raises InputError naming the video that it cannot do.
        """


@dataclass(frozen=True)
class Settings:
    """How shards are cut and run; none of it moves a result but `threads`, which can move a last bit.

    videos: of a shard, on average; few are a fifth larger. timeout_s: of one video. threads: of each process.
    The rest is for Slurm: minutes and GB of a job, how many run at once, names of its own.
    """

    videos: int = 400
    timeout_s: float = 3600.0
    threads: int = 1
    time_min: int = 720
    memory_gb: float = 8.0
    parallel: int = 256
    gpus: int = 0
    partition: str = ""
    account: str = ""


class Video(NamedTuple):
    """A sample as a supervisor knows it. key: its content, and its part of the file where it is one."""

    key: str
    video_id: str


class Task(NamedTuple):
    """Shard `shard` of `of`, in plain values: who hands it on need not have the code that it is for.

    ledgers: the folder of the ledgers, on a disk that client and workers share; the file `mark` lies in it.
    cwd: the client's folder, from which relative paths count. extractor: the digest of the store's key.
    content: the pickled pair of references and work.
    """

    shard: int
    of: int
    ledgers: str
    mark: str
    cwd: str
    extractor: str
    versions: Mapping[str, str]
    videos: Sequence[Video]
    timeout_s: float
    threads: int
    content: bytes


class Failure(NamedTuple):
    """A video that gave nothing. key: its content, as `key_of` has it. outcome: one of ENDINGS but `done`."""

    key: str
    video_id: str
    outcome: str
    reason: str


class Result(NamedTuple):
    """What came of a shard at a worker.

    refused: why the worker cannot do the work of this client. stopped: what would end every video alike.
    """

    shard: int
    worker: str
    done: int = 0
    failures: Sequence[Failure] = ()
    refused: str = ""
    stopped: str = ""


def key_of(ref: VideoRef) -> str:
    """The content of a sample: the digest of its file, and its frames where it is a part of it."""
    if not ref.content:
        raise ValueError(f"video {ref.video_id} was never counted, so its content is not known")
    part = ref.segment
    return ref.content if part is None else f"{ref.content}:{part.start_frames}-{part.stop_frames}"


def shard_of(ref: VideoRef, shards: int) -> int:
    """Which shard a sample is in, by the content of its file: whatever order or names videos have."""
    return int(key_of(ref)[:16], 16) % shards


def shards(refs: Sequence[VideoRef], settings: Settings) -> list[list[VideoRef]]:
    """The samples, cut into shards of `settings.videos` on average."""
    cut: list[list[VideoRef]] = [[] for _ in range(-(-len(refs) // settings.videos))]
    for ref in refs:
        cut[shard_of(ref, len(cut))].append(ref)
    return cut


def tasks(
    work: Work,
    cut: Sequence[Sequence[VideoRef]],
    ledgers: Path,
    mark: str,
    versions: Mapping[str, str],
    settings: Settings,
) -> Iterator[Task]:
    """One for each shard with a video in it, made when it is asked for."""
    for shard, refs in enumerate(cut):
        if refs:
            yield Task(
                shard=shard,
                of=len(cut),
                ledgers=str(ledgers),
                mark=mark,
                cwd=str(Path.cwd()),
                extractor=work.store.key_digest,
                versions=versions,
                videos=[Video(key_of(ref), ref.video_id) for ref in refs],
                timeout_s=settings.timeout_s,
                threads=settings.threads,
                content=pickle.dumps((tuple(refs), work.only(refs))),
            )

"""One bar over all shards: what their ledgers say while they are out."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from tqdm import tqdm

from repro.cluster.ledger import BEGUN, path_of
from repro.cluster.task import Result, Task

LOOK_EVERY_S = 2.0
_BEGUN = f'"outcome": "{BEGUN}"'.encode()


class Progress:
    """`with Progress(videos, words) as progress:` moves a bar by what is read of the ledgers of open shards.

    Their results have the last word. A ledger is read from where it ended when its shard was sent.
    """

    def __init__(self, videos: int, describe: str) -> None:
        self._bar = tqdm(None, describe, videos, unit="video", mininterval=0.5, dynamic_ncols=True)
        self._open: dict[int, _Reader] = {}
        self._lock, self._end = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Progress:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        self._bar.close()

    def sent(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """The tasks, of each of which is kept from now on how far it is."""
        for task in tasks:
            reader = _Reader(path_of(Path(task.ledgers), task.shard, task.of))
            with self._lock:
                self._open[task.shard] = reader
            yield task

    def came(self, result: Result) -> Result:
        """The result of a shard, which is done."""
        with self._lock:
            reader = self._open.pop(result.shard, None)
        if reader is not None:
            self._bar.update(result.done + len(result.failures) - reader.ended)
        return result

    def _look(self) -> None:
        while not self._end.wait(LOOK_EVERY_S):
            with self._lock:
                for reader in self._open.values():
                    self._bar.update(reader.more())


class _Reader:
    """How many videos of a ledger have ended since the reader was made."""

    def __init__(self, path: Path) -> None:
        self._path, self.ended = path, 0
        self._offset = path.stat().st_size if path.exists() else 0

    def more(self) -> int:
        """How many since the last call."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                whole = file.read().rpartition(b"\n")[0]
        except FileNotFoundError:
            return 0
        self._offset += len(whole)
        ended = sum(1 for line in whole.splitlines() if line and _BEGUN not in line)
        self.ended += ended
        return ended

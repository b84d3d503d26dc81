"""What happened to the videos of a shard: lines of JSON, only ever appended.

A store says which videos are there; a ledger says what was tried, so that a video that kills its process is
not tried for ever. Losing its last lines costs a repetition, nothing else: no line is flushed to disk.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repro.cluster.task import DONE, ENDINGS, Failure, Task

BEGUN = "begun"


def path_of(folder: Path, shard: int, of: int) -> Path:
    """The ledger of a shard."""
    return folder / f"{shard:05}-of-{of:05}.jsonl"


class Ledger:
    """The ledger of a task, open for appending. One process at a time writes to it.

    done: how many videos ended well since it was opened. deaths: by key, how often a process ended in a video
    of this run without saying how; of earlier owners too.
    """

    def __init__(self, task: Task, worker: str) -> None:
        self._task, self._worker = task, worker
        self.path = path_of(Path(task.ledgers), task.shard, task.of)
        self.failures: dict[str, Failure] = {}
        self.deaths: Counter[str] = Counter()
        self.done = 0
        for line in lines(self.path):
            if line.get("run") == task.mark:
                self._note(line)
        self.done = 0
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        if os.fstat(self._file).st_size:
            os.write(self._file, b"\n")  # ends the half line of a writer that was killed

    def add(self, key: str, video_id: str, outcome: str, reason: str = "", took_s: float = 0.0) -> None:
        """One line about a video: BEGUN, or one of ENDINGS."""
        line = {
            "content": key,
            "extractor": self._task.extractor,
            "video": video_id,
            "outcome": outcome,
            **({"reason": reason} if reason else {}),
            **({"s": round(took_s, 3)} if took_s else {}),
            "worker": self._worker,
            "run": self._task.mark,
        }
        os.write(self._file, json.dumps(line).encode() + b"\n")
        self._note(line)

    def close(self) -> None:
        os.close(self._file)

    def _note(self, line: dict[str, Any]) -> None:
        key, outcome = line["content"], line["outcome"]
        if outcome == BEGUN:
            self.deaths[key] += 1  # until an ending follows
            return
        del self.deaths[key]
        if outcome == DONE:
            self.failures.pop(key, None)
            self.done += 1
        else:
            self.failures[key] = _failure(line)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Every whole line of a ledger; halves of killed writers are passed over."""
    try:
        with path.open("rb") as file:
            for text in file:
                line = _parsed(text)
                if line is not None:
                    yield line
    except FileNotFoundError:
        return


def failures(folder: Path, extractor: str) -> dict[str, Failure]:
    """By content, the videos whose last ending with this extractor was a failure, of all shards and runs."""
    last: dict[str, Failure] = {}
    # In the order of writing: a run with another number of shards has other files.
    for path in sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns):
        for line in lines(path):
            if line["extractor"] != extractor or line["outcome"] == BEGUN:
                continue
            if line["outcome"] == DONE:
                last.pop(line["content"], None)
            else:
                last[line["content"]] = _failure(line)
    return last


def _failure(line: dict[str, Any]) -> Failure:
    return Failure(line["content"], line["video"], line["outcome"], line.get("reason", ""))


def _parsed(text: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    wanted = {"content", "extractor", "video", "outcome"}
    if not isinstance(line, dict) or not wanted <= line.keys():
        return None
    return line if line["outcome"] in (BEGUN, *ENDINGS) else None

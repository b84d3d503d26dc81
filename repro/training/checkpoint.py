"""The state of a training on disk: the last two checkpoints, each proven whole before it is used."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import re
import shutil
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np

from repro.atomic import remove_strays, write_bytes
from repro.types import InputError

KEPT = 2
SAVING_SHARE = 0.05  # of a training's time goes into saving, at most
PROGRESS = "progress"
NAME = re.compile(r"state-(\d{6})-(\d{9})-([0-9a-f]{64})\.npz")


@dataclass
class Progress:
    """Where a training stands.

    epoch: finished epochs. step: finished steps of the next one. trained: that epoch's training metrics
    once all its steps are done. epoch_seconds: time spent in it. best_epoch counts from 1. rows: history.
    sums: the epoch's totals and counts so far of what `Updates` follows.
    """

    epoch: int = 0
    step: int = 0
    trained: dict[str, float] | None = None
    epoch_seconds: float = 0.0
    best_value: float | None = None
    best_epoch: int | None = None
    rows: list[dict[str, float]] = field(default_factory=list)
    sums: dict[str, tuple[float, float]] = field(default_factory=dict)


class Checkpoints:
    """`state-EPOCH-STEP-SHA256.npz` in one folder: the name carries the checksum of the content.

    owned: whether this process reads and writes there; another worker of the training does otherwise.
    """

    def __init__(self, folder: Path, every_s: float = 60.0, *, owned: bool = True) -> None:
        self.folder, self._owned = folder, owned
        self._every_s, self._saved_at, self._took_s = every_s, time.monotonic(), 0.0
        if owned and folder.exists():
            remove_strays(folder)

    def due(self) -> bool:
        """Whether it is time to save: after every step if the interval is 0, else once it has passed.

        Large states are saved less often than asked, so that saving costs little of the training time.
        """
        return self._every_s == 0 or self._waited(self._every_s)

    def due_after_epoch(self) -> bool:
        """Whether an epoch is to be saved that just ended: each one, but of epochs so short that saving
        would cost much of the training time only as many as keep it small.
        """
        return self._every_s == 0 or self._waited(0.0)

    def _waited(self, at_least_s: float) -> bool:
        return time.monotonic() - self._saved_at >= max(at_least_s, self._took_s / SAVING_SHARE)

    def count_until_now(self) -> None:
        """What was done since the last `save` belongs to it: files that follow from the checkpoint."""
        now = time.monotonic()
        self._took_s, self._saved_at = self._took_s + now - self._saved_at, now

    def save(self, progress: Progress, arrays: Mapping[str, np.ndarray]) -> None:
        """Write one checkpoint and remove all but the last two; a crash at any moment leaves a good one."""
        if not self._owned:
            return
        began = time.monotonic()
        buffer = io.BytesIO()
        described = np.frombuffer(
            json.dumps(dataclasses.asdict(progress), allow_nan=False).encode(), np.uint8
        )
        np.savez(buffer, **cast(Any, {PROGRESS: described, **arrays}))
        content = buffer.getbuffer()
        checksum = hashlib.sha256(content).hexdigest()
        path = self.folder / f"state-{progress.epoch:06d}-{progress.step:09d}-{checksum}.npz"
        write_bytes(path, content)
        for old in [p for p in self._newest_first() if p != path][KEPT - 1 :]:
            old.unlink()
        self._saved_at = time.monotonic()
        self._took_s = self._saved_at - began

    def load(self) -> tuple[Progress, dict[str, np.ndarray]]:
        """What is in `newest`."""
        return read(self.newest())

    def newest(self) -> bytes:
        """The newest whole checkpoint; empty if there is none at all.

        A damaged one is passed over with a warning; InputError if every one is damaged.
        """
        damaged: list[Path] = []
        for path in self._newest_first() if self._owned else ():
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() != _parsed(path)[2]:
                damaged.append(path)
                continue
            for bad in damaged:
                text = f"checkpoint {bad} is damaged; it is deleted and training continues from {path.name}"
                warnings.warn(text, RuntimeWarning, stacklevel=2)
                bad.unlink()  # it must not count among the last two
            return content
        if damaged:
            raise InputError(
                f"every checkpoint in {self.folder} is damaged ({', '.join(p.name for p in damaged)}); "
                "delete this folder to train from the beginning"
            )
        return b""

    def remove(self) -> None:
        """Delete all checkpoints, once the results they led to are on disk."""
        if self._owned:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _newest_first(self) -> list[Path]:
        if not self.folder.exists():
            return []
        files = [p for p in self.folder.iterdir() if NAME.fullmatch(p.name)]
        return sorted(files, key=lambda p: (*_parsed(p)[:2], p.stat().st_mtime_ns), reverse=True)


def _parsed(path: Path) -> tuple[int, int, str]:
    match = NAME.fullmatch(path.name)
    if match is None:
        raise ValueError(f"{path.name} is not the name of a checkpoint")
    return int(match[1]), int(match[2]), match[3]


def read(content: bytes) -> tuple[Progress, dict[str, np.ndarray]]:
    """Where a training stands and its arrays by name; of nothing, a beginning without arrays."""
    if not content:
        return Progress(), {}
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    described: dict[str, Any] = json.loads(arrays.pop(PROGRESS).tobytes())
    return Progress(**described), arrays

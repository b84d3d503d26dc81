"""What a training reports while it runs: history.csv and TensorBoard scalars, one row per epoch."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import tensorflow as tf

from repro.atomic import write_text

EPOCH = "epoch"


def write_csv(path: Path, rows: Sequence[Mapping[str, float]]) -> None:
    """`epoch` (from 1), every metric, `learning_rate`, `seconds`; nine digits keep every float32 exactly."""
    buffer = io.StringIO()
    if rows:
        writer = csv.DictWriter(buffer, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _text(name, value) for name, value in row.items()} for row in rows)
    write_text(path, buffer.getvalue())


def _text(name: str, value: float) -> str:
    if name == EPOCH:
        return str(int(value))
    return f"{value:.3f}" if name == "seconds" else f"{value:.9g}"


class Scalars:
    """TensorBoard scalars of one training; each start writes one new file with every epoch so far.

    Older event files are removed, so that an epoch that ran twice around a crash is not drawn twice.
    """

    def __init__(self, folder: Path, rows: Sequence[Mapping[str, float]]) -> None:
        for old in folder.glob("events.out.tfevents.*"):
            old.unlink()
        self._writer = tf.summary.create_file_writer(str(folder))
        for row in rows:
            self.add(row)

    def add(self, row: Mapping[str, float]) -> None:
        """Write every column of a row at step `epoch`."""
        with self._writer.as_default(step=int(row[EPOCH])):
            for name, value in row.items():
                if name != EPOCH:
                    tf.summary.scalar(name, value)
        self._writer.flush()

    def close(self) -> None:
        """Finish the event file."""
        self._writer.close()

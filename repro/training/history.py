"""What a training reports while it runs: history.csv and TensorBoard scalars, one row per epoch."""

from __future__ import annotations

import csv
import errno
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf
from tensorboard.plugins.scalar.summary_v2 import scalar_pb

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

    Older event files are removed, so that an epoch that ran twice around a crash is not drawn twice. Every
    method raises OSError, naming the folder, where the disk refuses.
    """

    def __init__(self, folder: Path, rows: Sequence[Mapping[str, float]]) -> None:
        self._folder = folder
        for old in folder.glob("events.out.tfevents.*"):
            old.unlink()
        with _system_errors(folder):
            self._writer = tf.summary.create_file_writer(str(folder))
        for row in rows:
            self.add(row)

    def add(self, row: Mapping[str, float]) -> None:
        """Write every column of a row at step `epoch`."""
        with _system_errors(self._folder):
            with self._writer.as_default(step=int(row[EPOCH])):
                # One event for all columns, since each takes TensorFlow as long as a part of a small step.
                # Messages one behind the other are one message with the fields of all.
                columns = [scalar_pb(name, value) for name, value in row.items() if name != EPOCH]
                tf.summary.experimental.write_raw_pb(b"".join(c.SerializeToString() for c in columns))
            self._writer.flush()

    def close(self) -> None:
        """Finish the event file."""
        with _system_errors(self._folder):
            self._writer.close()


@contextmanager
def _system_errors(folder: Path) -> Iterator[None]:
    """TensorFlow tells what the system refused in the system's words, inside an error of its own."""
    try:
        yield
    except tf.errors.OpError as error:
        number = next((n for n in errno.errorcode if os.strerror(n) in error.message), None)
        if number is None:
            raise
        raise OSError(number, os.strerror(number), str(folder)) from error

"""`data DATASET download`: what can be had without a person, and the exact steps for the rest."""

from __future__ import annotations

import argparse
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from repro import datasets
from repro.cli.called import as_called
from repro.fetch.formats import format_of
from repro.fetch.sources import Item, source_of
from repro.fetch.transfer import check_digest, fetch
from repro.fetch.unpack import unpack
from repro.paths import default_paths, short_path
from repro.types import InputError


def run_download(options: argparse.Namespace) -> int:
    """Fetch and unpack, one file after the other; 1 when a person must do something first."""
    source = source_of(options.dataset)
    if source is None:
        raise InputError(
            f"{options.dataset} is not offered for download: {datasets.how_to_get(options.dataset)}"
        )
    folder = options.data or default_paths().data / options.dataset
    folder.mkdir(parents=True, exist_ok=True)
    with _sole_writer(folder):
        waiting = [item for item in source.items if not _obtain(item, folder)]
    if waiting or not source.items:
        print(f"{options.dataset} has to be requested in person:")
        for number, step in enumerate(source.steps, 1):
            print(as_called(f"  {number}. {step.format(folder=short_path(folder))}"))
        return 1
    print(as_called(f"next: bash run.sh data {options.dataset} verify --data {short_path(folder)}"))
    return 0


def _obtain(item: Item, folder: Path) -> bool:
    """Whether the file is there and unpacked; False where only a person can get it."""
    path = folder / item.name
    if item.url:
        print(f"{item.name}: {item.url}")
        fetch(item.url, path, digest=item.digest)
    elif not path.exists():
        return False
    else:
        check_digest(path, item.digest)
    if format_of(item.name):
        unpack(path, folder, into=item.into, nested=item.nested)
    note = "; unpacked, the archive itself may be deleted" if format_of(item.name) else ""
    print(f"{item.name}: complete{note}")
    return True


@contextmanager
def _sole_writer(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it even when the process is killed."""
    with (folder / ".download.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder}: another process downloads into it; wait for it") from None
        yield

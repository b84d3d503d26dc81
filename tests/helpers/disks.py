"""Disks that are small, read-only or closed, and whoever their rights bind."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
_ON_DISK = """
mount -t tmpfs -o "$1" none "$2" || exit 99
disk=$2; shift 2
"$@" > /dev/null; status=$?
cd "$disk" && find . -type f
exit $status
"""


class Done(NamedTuple):
    """What a command left: its exit status, its lines of error, and what it printed, line by line.

    Of `on_disk`, `out` is instead the files on the disk by their path there.
    """

    status: int
    errors: list[str]
    out: list[str]

    def refused(self) -> str:
        """The one line of a command that was refused."""
        assert self.status == 2, self.errors
        (line,) = self.errors
        assert line.startswith("error: ")
        return line.removeprefix("error: ")


def product(*arguments: str) -> list[str]:
    """The command line of this project, as `run.sh` calls it."""
    return [sys.executable, "-m", "repro", *arguments]


def on_disk(options: str, folder: Path, command: Sequence[str]) -> Done:
    """Run the command with a disk of its own at `folder`, of such mount options as `size=16k` or `ro`.

    REPRO_HOME names the disk. Skips the test where nobody may mount.
    """
    folder.mkdir(exist_ok=True)
    if not _may_mount(folder):
        pytest.skip("to mount a disk takes root, or user namespaces")
    return _run(["unshare", "-Urm", "sh", "-c", _ON_DISK, "sh", options, str(folder), *command], folder)


@lru_cache
def _may_mount(folder: Path) -> bool:
    try:
        command = ["unshare", "-Urm", "mount", "-t", "tmpfs", "none", str(folder)]
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def bound_by_rights(home: Path, command: Sequence[str]) -> Done:
    """Run the command as somebody whom the rights of files stop; root, whom they do not, gives that up."""
    if os.geteuid() == 0:
        try:
            subprocess.run(["setpriv", "--version"], capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("root needs setpriv to give up its rights")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--", *command]
    return _run(command, home)


def _run(command: Sequence[str], home: Path) -> Done:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    variables = {**os.environ, "PYTHONPATH": paths, "REPRO_HOME": str(home)}
    done = subprocess.run(command, capture_output=True, text=True, env=variables, cwd=ROOT)
    said = [line for line in done.stderr.splitlines() if line.strip() and "%|" not in line]
    return Done(done.returncode, said, done.stdout.splitlines())


@contextmanager
def files_up_to(size_bytes: int) -> Iterator[None]:
    """No file of this process grows further: what a full disk does, with an error of its own (EFBIG)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

"""The command line as a user whom rights bind: root passes over them, and tests of them would be vacuous."""

import codecs
import os
import shutil
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import numpy.random  # noqa: F401, NumPy imports it when it is first used
import pytest

# What a command imports on its way: the other user may not be able to read this Python.
import repro.cli.download
import repro.cli.papers
import repro.cli.verify
import repro.paper2.recipe  # noqa: F401
from repro.cli import main
from repro.paths import PROJECT

NOBODY, UNREADABLE = 65534, 77
codecs.lookup("utf-8-sig")  # imported when it is first used


class Done(NamedTuple):
    """What a command that has ended left."""

    status: int
    out: str
    err: str


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder that such a user reaches; `tmp_path` lies in one that is closed to others."""
    place = Path(tempfile.mkdtemp())
    try:
        place.chmod(0o755)
        yield place
    finally:
        for path in place.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(place)


def run(home: Path, *arguments: str) -> Done:
    """A command in a process of its own, as a user who may write below `home` only.

    Skips where that user could not read what ships with the project.
    """
    home.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        os.chown(home, NOBODY, NOBODY)
    said = home / "out", home / "err"
    child = os.fork()
    if child == 0:
        _become_and_run(home, said, arguments)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == UNREADABLE:
        pytest.skip("another user may not read the project")
    return Done(status, *(file.read_text() for file in said))


def _become_and_run(home: Path, said: tuple[Path, Path], arguments: tuple[str, ...]) -> None:
    """Ends the process, whatever comes: it must not go on as a second test run."""
    status = 70
    try:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        os.environ["REPRO_HOME"] = str(home)
        with said[0].open("w") as out, said[1].open("w") as err, redirect_stdout(out), redirect_stderr(err):
            try:
                there = os.access(PROJECT / "data_lists" / "ucf101" / "inventory.tsv", os.R_OK)
                status = main(arguments) if there else UNREADABLE
            except BaseException:
                traceback.print_exc()
    finally:
        os._exit(status)

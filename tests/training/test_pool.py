"""Processes side by side: what they are given, what becomes of their errors, how they end."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from repro.training import pool
from repro.training.interrupts import Interrupted
from repro.types import InputError

LIVES = "import os, pathlib; pathlib.Path({file!r}).write_text(str(os.getpid()))"
# As `fit` does: asked to stop, it finishes and saves; it waits for that as long as it must.
STOPS = """
import os, pathlib, sys, time
from repro.training.interrupts import Interrupted, StopRequests
with StopRequests() as stop:
    pathlib.Path({file!r}).write_text(str(os.getpid()))
    while stop.received is None:
        time.sleep(0.01)
    pathlib.Path({file!r} + '.saved').touch()
    raise Interrupted(stop.received, 'saved')
"""
STARTER = """
import sys
from functools import partial
from repro.training import pool
pool.train({'a': lambda: partial(exec, sys.argv[1])}, 1, describe='models')
"""


def _of(code: str) -> Callable[[], pool.Call]:
    return lambda: partial(exec, code)


def _train(codes: dict[str, str], processes: int = 2) -> None:
    pool.train({name: _of(code) for name, code in codes.items()}, processes, describe="models")


def _wait_for(*files: Path) -> None:
    while not all(file.exists() and file.read_text() for file in files):
        time.sleep(0.01)


def _is_gone(pid: Path) -> bool:
    try:
        os.kill(int(pid.read_text()), 0)
    except ProcessLookupError:
        return True
    return False


def test_each_model_is_trained_once_by_few_processes(tmp_path: Path) -> None:
    """A process does one after the other. Each call is made when a process is free for it."""
    code = (
        "import os\nwith open({file!r}, 'a') as file:\n"
        "    given = [os.environ['TF_NUM_' + which + '_THREADS'] for which in ('INTRAOP', 'INTEROP')]\n"
        "    print(os.getpid(), *given, file=file)"
    )
    files = [tmp_path / f"model{n}" for n in range(5)]
    made = []

    def make(file: Path) -> pool.Call:
        made.append((file, sum(each.exists() for each in files)))
        return partial(exec, code.format(file=str(file)))

    pool.train({file.name: partial(make, file) for file in files}, 2, describe="models")
    lines = [file.read_text().split() for file in files]
    assert all(len(line) == 3 and line[1:] == ["1", "1"] for line in lines)
    assert 1 <= len({line[0] for line in lines}) <= 2
    assert all(finished >= number - 1 for number, (_, finished) in enumerate(made))


def test_what_a_user_can_mend_is_raised_as_it_was(tmp_path: Path) -> None:
    refused = "from repro.types import InputError\nraise InputError('the loss is not finite')"
    with pytest.raises(InputError, match=r"^the loss is not finite$"):
        _train({"a": refused})
    full = f"raise OSError(28, 'No space left on device', {str(tmp_path)!r})"
    with pytest.raises(OSError, match="No space left") as error:
        _train({"a": full})
    assert (error.value.errno, error.value.filename) == (28, str(tmp_path))


def test_a_fault_of_the_program_shows_where_it_was() -> None:
    with pytest.raises(RuntimeError, match=r"Traceback(.|\n)*ZeroDivisionError"):
        _train({"a": "1 / 0"})


def test_warnings_arrive() -> None:
    with pytest.warns(RuntimeWarning, match="a checkpoint is damaged"):
        _train({"a": "import warnings; warnings.warn('a checkpoint is damaged', RuntimeWarning)"})


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("os.kill(os.getpid(), 9)", "model-a was killed, as a machine does .* memory; what .* same command"),
        ("os.write(2, b'one\\nno library\\n'); os._exit(7)", "model-a ended with status 7: no library; what"),
        ("os.abort()", "model-a was ended by SIGABRT; what"),
    ],
)
def test_a_process_that_dies_is_named_and_the_other_saves(tmp_path: Path, code: str, how: str) -> None:
    file = tmp_path / "b"
    waits = f"import os, pathlib, time\nwhile not pathlib.Path({str(file)!r}).exists(): time.sleep(0.01)\n"
    with pytest.raises(InputError, match=how):
        _train({"model-a": waits + code, "b": STOPS.format(file=str(file)), "never": "1 / 0"})
    assert (tmp_path / "b.saved").exists()
    assert _is_gone(file)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_all_save_first(tmp_path: Path, number: signal.Signals) -> None:
    files = [tmp_path / "a", tmp_path / "b"]

    def ask() -> None:
        _wait_for(*files)
        os.kill(os.getpid(), number)

    threading.Thread(target=ask).start()
    with pytest.raises(Interrupted) as stopped:
        _train({file.name: STOPS.format(file=str(file)) for file in files} | {"never": "1 / 0"})
    assert stopped.value.exit_status == 128 + number
    assert all(file.with_suffix(".saved").exists() and _is_gone(file) for file in files)


def test_a_second_request_ends_all_at_once(tmp_path: Path) -> None:
    """Also a training that never comes to the end of its step."""
    file = tmp_path / "a"
    deaf = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"

    def ask_twice() -> None:
        _wait_for(file)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=ask_twice).start()
    with pytest.raises(Interrupted, match="second signal"):
        _train({"a": deaf + LIVES.format(file=str(file)) + "\nwhile True: time.sleep(1)"})
    assert _is_gone(file)


def test_the_end_of_whoever_started_them_is_theirs(tmp_path: Path) -> None:
    """`kill -9`: the next start must find nobody who still writes into its folders.

    A lock ends with its owner.
    """
    file, lock = tmp_path / "a", tmp_path / "lock"
    code = (
        f"import fcntl, time\nlock = open({str(lock)!r}, 'w')\nfcntl.flock(lock, fcntl.LOCK_EX)\n"
        f"{LIVES.format(file=str(file))}\nwhile True: time.sleep(1)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, code], cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL
    )
    _wait_for(file)
    starter.kill()
    starter.wait()
    assert _is_free_within(20, lock)


def _is_free_within(seconds: float, lock: Path) -> bool:
    """Whether the lock's owner ends within so many seconds."""
    until = time.monotonic() + seconds
    with lock.open() as mine:
        while time.monotonic() < until:
            try:
                fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.05)  # until another process ends
            else:
                return True
    return False

"""A process of `pool.py`: trains what standard input asks for, one call after the other.

In: pickled calls, each behind its length. Out: a line of JSON about each. Where its input ends, so does the
process, in the middle of a step too: then whoever started it is gone, and an orphan must not write where the
next one does.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import sys
import threading
import traceback
import warnings
from pathlib import Path
from typing import Any, TextIO

from repro.training.interrupts import Interrupted
from repro.training.memory import hold_memory
from repro.types import InputError

HEAD_BYTES = 8
DONE, REFUSED, SYSTEM, CRASHED = "done", "refused", "system", "crashed"


def main() -> None:
    """Never returns; ends with its input, or with the status of an interruption."""
    hold_memory()
    answers = _answers()
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(calls,), daemon=True).start()
    while True:
        content = calls.get()
        with warnings.catch_warnings(record=True) as caught:
            outcome, *arguments = _outcome(content)
        texts = [str(each.message) for each in caught if issubclass(each.category, RuntimeWarning)]
        answers.write(json.dumps({"outcome": outcome, "arguments": arguments, "warnings": texts}) + "\n")


def _outcome(content: bytes) -> tuple[Any, ...]:
    """What came of a call, and the arguments of the error that it raised."""
    try:
        pickle.loads(content)()
    except Interrupted as interrupt:
        os._exit(interrupt.exit_status)  # the thread that listens would be in the way of another end
    except InputError as error:
        return REFUSED, str(error)
    except OSError as error:
        file = error.filename
        return SYSTEM, error.errno, error.strerror, file if file is None else os.fsdecode(file)
    except Exception:  # whatever it is, the parent raises it, with this traceback
        return CRASHED, traceback.format_exc()
    return (DONE,)


def _answers() -> TextIO:
    """Where answers go. What else is printed goes to the log, and the bars of trainings nowhere."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    return answers


def _listen(calls: queue.SimpleQueue[bytes]) -> None:
    while head := sys.stdin.buffer.read(HEAD_BYTES):
        calls.put(sys.stdin.buffer.read(int.from_bytes(head)))
    os._exit(1)

"""The process that does the work of a shard, a video at a time. `shard.py` starts it and answers for it.

In: a line of JSON, then a pickle, then nothing: when its standard input ends, so does the process. Out: lines
of JSON, one about each video when it begins and when it ends. Native code may kill it at any moment.
"""

from __future__ import annotations

import errno
import faulthandler
import json
import os
import pickle
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from repro.cluster import ledger, versions
from repro.cluster.task import BROKEN, CRASHED, DONE, OUT_OF_MEMORY, Work, key_of
from repro.types import InputError, VideoRef

# What it says besides outcomes of videos.
READY, FINISHED, REFUSED, STOPPED = "ready", "finished", "refused", "stopped"
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_CV_NO_MEMORY = -4  # cv2.error.code, `StsNoMem`

Say = Callable[..., None]


def main() -> None:
    """Everything that a shard is, from standard input; what comes of it, to standard output."""
    log, say = _outputs()
    asked = json.loads(sys.stdin.buffer.readline())
    if reason := _refusal(asked):
        return say(REFUSED, reason=reason)
    try:
        os.chdir(asked["cwd"])
        refs, work = pickle.load(sys.stdin.buffer)
    except OSError as error:
        return say(
            REFUSED, reason=f"it has no folder {asked['cwd']} ({error.strerror}), which the client is in"
        )
    threading.Thread(target=_end_with, args=(sys.stdin.buffer,), daemon=True).start()
    if lacking := next((ref.path for ref in refs if not ref.path.exists()), None):
        return say(
            REFUSED, reason=f"it has no {lacking.absolute()}; videos must lie on a disk that it shares"
        )
    try:
        run = work.start()
    except Exception as error:
        traceback.print_exc(file=log)
        return say(STOPPED, reason=_words(error))
    say(READY)
    _work(work, [ref for ref in refs if key_of(ref) not in asked["skipped"]], run, say, log)


def _outputs() -> tuple[TextIO, Say]:
    """The log, and what answers. What else prints does not reach the answers, and bars not the log either."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    log, sys.stderr = sys.stderr, Path(os.devnull).open("w")  # noqa: SIM115
    faulthandler.enable(log)

    def say(outcome: str, **more: Any) -> None:
        answers.write(json.dumps({"outcome": outcome, **more}) + "\n")

    return log, say


def _refusal(asked: dict[str, Any]) -> str:
    if different := versions.difference(asked["versions"]):
        return f"{different}; install the same there"
    return ""


def _end_with(file: BinaryIO) -> None:
    """The end of the process that started this one is the end of this one, in the middle of a video too."""
    while file.read(1):
        pass
    os._exit(1)


def _work(work: Work, refs: Sequence[VideoRef], run: Callable[..., None], say: Say, log: TextIO) -> None:
    for ref in refs:
        key = key_of(ref)
        if work.store.has(ref):  # by an earlier owner of the shard
            say(DONE, key=key, video=ref.video_id)
            continue
        say(ledger.BEGUN, key=key, video=ref.video_id)
        started = time.monotonic()
        try:
            run([ref])
            if not work.store.has(ref):
                raise InputError(f"{ref.path} is not the file that was counted")
        except Exception as error:
            outcome = _outcome(error)
            if outcome == CRASHED:
                traceback.print_exc(file=log)
            if outcome == STOPPED:
                return say(STOPPED, reason=_words(error))
            say(outcome, key=key, video=ref.video_id, reason=_words(error))
        else:
            say(DONE, key=key, video=ref.video_id, took_s=time.monotonic() - started)
    say(FINISHED)


def _outcome(error: Exception) -> str:
    """What an exception says of a video; STOPPED if it would end every other as well."""
    cause = error.__cause__ or error
    if isinstance(cause, OSError) and cause.errno in _OF_THE_DISK:
        return STOPPED
    no_memory = isinstance(error, MemoryError) or getattr(error, "code", None) == _CV_NO_MEMORY
    if no_memory or type(error).__name__ == "ResourceExhaustedError":
        return OUT_OF_MEMORY
    return BROKEN if isinstance(error, InputError) else CRASHED


def _words(error: Exception) -> str:
    text = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())

"""The command line: reads arguments, calls the rooms in order; wrong input becomes one line and status 2."""

from __future__ import annotations

import io
import os
import shlex
import sys
from collections.abc import Sequence

from repro.cli.called import as_called, command
from repro.cli.dispatch import run
from repro.cli.parser import build_parser
from repro.cli.system_errors import line_of
from repro.types import InputError

INTERRUPTED = 130  # 128 + SIGINT, as shells report it; SIGTERM gives 143
UNHEARD = 141  # 128 + SIGPIPE: whoever read the output has gone, as `head` does


def main(arguments: Sequence[str]) -> int:
    """Run one command.

    Exit status: 0 done, 1 a check failed, 2 wrong input or what the operating system refuses, 130 or 143
    interrupted, 141 nobody reads the output any more.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that the terminal lacks stops no training
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _run(arguments)
        if sys.stdout is not None:  # a caller may have closed it
            sys.stdout.flush()
        return status
    except InputError as error:
        return _refuse(str(error))
    except OSError as error:
        line = line_of(error)
        if error.filename is None and _output_is_lost():
            unheard = isinstance(error, BrokenPipeError)
            return UNHEARD if unheard else _refuse(f"standard output: {line or error}")
        if line is None:
            raise
        return _refuse(line)
    except KeyboardInterrupt as interrupt:
        print("\ninterrupted; the same command continues from here", file=sys.stderr)
        return getattr(interrupt, "exit_status", INTERRUPTED)


def _run(arguments: Sequence[str]) -> int:
    options = build_parser().parse_args(arguments)
    options.typed = shlex.join([*command().split(), *arguments])
    return run(options)


def _refuse(line: str) -> int:
    print(f"error: {as_called(line)}", file=sys.stderr)
    return 2


def _output_is_lost() -> bool:
    """Whether nothing more can be printed. What waits is then given up, or Python ends with a complaint."""
    try:
        print(flush=True)  # to flush alone would do nothing: a print that failed leaves nothing behind
        return False
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True

"""The command line: reads arguments, calls the rooms in order; wrong input becomes one line and status 2."""

from __future__ import annotations

import io
import os
import shlex
import sys
from collections.abc import Sequence

from repro.cli.called import as_called, command
from repro.cli.dispatch import continues, run
from repro.cli.parser import build_parser, options_of
from repro.cli.system_errors import PLACES, line_of
from repro.types import InputError
from repro.video.names import in_one_line

INTERRUPTED = 130  # 128 + SIGINT, as shells report it; SIGTERM gives 143
GOES_ON = "; the same command continues from here"
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
        line = line_of(error, [name for name in PLACES if name in options_of(_first(arguments))])
        if error.filename is None and _output_is_lost():
            unheard = isinstance(error, BrokenPipeError)
            return UNHEARD if unheard else _refuse(f"standard output: {line or error}")
        if line is None:
            raise
        return _refuse(line)
    except KeyboardInterrupt as interrupt:
        print(f"\ninterrupted{GOES_ON if continues(_first(arguments)) else ''}", file=sys.stderr)
        return getattr(interrupt, "exit_status", INTERRUPTED)


def _run(arguments: Sequence[str]) -> int:
    options = build_parser().parse_args(arguments)
    options.typed = shlex.join([*command().split(), *arguments])
    return run(options)


def _first(arguments: Sequence[str]) -> str:
    """The command that was typed."""
    return next(iter(arguments), "")


def _refuse(line: str) -> int:
    print(f"error: {in_one_line(as_called(line))}", file=sys.stderr)
    return 2


def _output_is_lost() -> bool:
    """Whether nothing more can be printed. What waits is then given up, or Python ends with a complaint."""
    try:
        print(flush=True)  # to flush alone would do nothing: a print that failed leaves nothing behind
        return False
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True

"""The command line: reads arguments, calls the rooms in order; wrong input becomes one line and status 2."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence

from repro.cli.parser import build_parser
from repro.types import InputError

INTERRUPTED = 130  # 128 + SIGINT, as shells report it; SIGTERM gives 143


def main(arguments: Sequence[str]) -> int:
    """Run one command. Exit status: 0 done, 1 a check failed, 2 wrong input, 130 or 143 interrupted."""
    options = build_parser().parse_args(arguments)
    options.typed = shlex.join(["bash", "run.sh", *arguments])
    try:
        return options.run(options) or 0
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as interrupt:
        print("\ninterrupted; the same command continues from here", file=sys.stderr)
        return getattr(interrupt, "exit_status", INTERRUPTED)

"""`python -m repro`, which run.sh calls, and `repro`, which an installation puts on the path."""

import sys

from repro.cli import main
from repro.cli.start_up import hush
from repro.training.memory import hold_memory


def run() -> int:
    """The command in the process's own words; its exit status."""
    hold_memory()
    hush()
    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())

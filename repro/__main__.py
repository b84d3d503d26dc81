"""`python -m repro`: what run.sh calls."""

import sys

from repro.cli import main
from repro.cli.start_up import hush

if __name__ == "__main__":
    hush()
    sys.exit(main(sys.argv[1:]))

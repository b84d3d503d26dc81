"""`python -m repro`: what run.sh calls."""

import sys

from repro.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

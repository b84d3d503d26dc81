"""What run.sh runs before it installs anything: words that no installation would make right are refused.

Called as a file, `python -P repro/cli/before_install.py WORDS`, since importing the room needs NumPy.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import MagicMock

ARRAYS = ("numpy", "numpy.typing")


def main(arguments: Sequence[str]) -> int:
    """0, or 2 with the one line that the command itself would say of these words."""
    if importlib.util.find_spec("numpy") is None:  # named in annotations; nothing computes here
        sys.modules.update(dict.fromkeys(ARRAYS, MagicMock()))
    from repro.cli.parser import build_parser
    from repro.types import InputError

    options = build_parser().parse_args(arguments)
    try:
        if hasattr(options, "paper"):
            _check_paper(options)
        if options.command == "recipe":
            _check_recipe(options)
        if options.command == "summary":
            _check_preset(options)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError:  # the command itself says better what the system refuses
        pass
    return 0


def _check_paper(options: argparse.Namespace) -> None:
    from repro import datasets, papers
    from repro.cli import arguments, asked

    if options.dataset not in arguments.DATASETS:
        options.dataset = datasets.own_name(Path(options.dataset))
    asked.check(papers.PAPERS[options.paper], options)


def _check_recipe(options: argparse.Namespace) -> None:
    from repro import papers
    from repro.cli import asked

    asked.chosen_recipe(papers.paper_named(options.paper_name), options)


def _check_preset(options: argparse.Namespace) -> None:
    from repro import papers
    from repro.cli import asked

    asked.recipe_of(papers.paper_named(options.paper_name), options.preset)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Every command that can be typed has a function, and the table names no other; --help knows each word."""

import argparse
import re
from pathlib import Path

from repro.cli import dispatch
from repro.cli.parser import build_parser
from repro.papers import PAPERS

ROOM = Path(dispatch.__file__).parent


def test_every_command_has_its_function() -> None:
    (commands,) = (a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction))
    assert set(commands.choices) == set(dispatch.FUNCTIONS) | {paper.name for paper in PAPERS.values()}
    for place in (*dispatch.FUNCTIONS.values(), dispatch.OF_A_PAPER):
        module, name = place.split(".")  # read, not imported: some bring the engine
        assert re.search(rf"^def {name}\(options: ", (ROOM / f"{module}.py").read_text(), re.M)


def test_help_says_what_every_word_is() -> None:
    (commands,) = (a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction))
    for name, command in commands.choices.items():
        assert [action.dest for action in command._actions if not action.help] == [], name

"""What can be typed after `bash run.sh`, or `repro`."""

from __future__ import annotations

from repro import __version__
from repro.cli.arguments import OneLineParser
from repro.cli.called import command
from repro.cli.parser_data import add_data, add_weights
from repro.cli.parser_papers import add_app, add_export, add_papers, add_predict, add_run, add_train
from repro.cli.parser_small import add_bench, add_campaign, add_small, add_tools


def build_parser() -> OneLineParser:
    """The parser; `repro.cli.dispatch` runs `options.command`."""
    parser = OneLineParser(
        prog=command().split()[-1], description="Five video action-recognition papers, reproduced."
    )
    parser.add_argument("--version", action="version", version=f"repro {__version__}")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=OneLineParser
    )
    for add in (
        *(add_papers, add_train, add_predict, add_app, add_export, add_run),
        *(add_data, add_weights, add_small, add_campaign, add_bench, add_tools),
    ):
        add(commands)
    return parser


def options_of(command: str) -> frozenset[str]:
    """The options that a command takes; none of a word that is no command."""
    commands = next(a.choices for a in build_parser()._actions if isinstance(a.choices, dict))
    return frozenset(commands[command]._option_string_actions if command in commands else ())

"""The commands that made results, as few as name the same runs."""

from __future__ import annotations

import re
from collections.abc import Iterable

JOINED = ("--split", "--seed")  # options that take several values
_OUT = re.compile(r""" --out[ =](?:'[^']*'|"[^"]*"|\S)+""")  # one place, which may be quoted for its spaces
NAMED = 6  # rows at most that are named one by one; the result files have them all


def joined(commands: Iterable[str]) -> list[str]:
    """Commands that differ only in the splits, or only in the seeds, as one; the output folder left out.

    Of many rows the first and the last are named.
    """
    left = {_OUT.sub("", command) for command in commands}
    for option in JOINED:
        values: dict[str, set[str]] = {}
        for command in left:
            rest, given = _without(command, option)
            values.setdefault(rest, set()).update(given)
        left = {_with(rest, option, given) for rest, given in values.items()}
    return sorted({_abridged(command) for command in left})


def _without(command: str, option: str) -> tuple[str, list[str]]:
    """The command without an option, and the option's values."""
    match = re.search(rf" {option}((?: (?!--)\S+)+)", command)
    if not match:
        return command, []
    return command[: match.start()] + command[match.end() :], match[1].split()


def _with(command: str, option: str, values: set[str]) -> str:
    if not values:
        return command
    in_order = sorted(values, key=lambda value: (not value.isdigit(), value.zfill(9)))
    return " ".join([command, option, *in_order])


def _abridged(command: str) -> str:
    rest, rows = _without(command, "--rows")
    return f"{rest} --rows {rows[0]} ... {rows[-1]}  # {len(rows)} rows" if len(rows) > NAMED else command

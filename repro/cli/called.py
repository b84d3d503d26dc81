"""How the user calls this program: `bash run.sh` in a checkout, `repro` where it is installed."""

from __future__ import annotations

from repro.paths import installed
from repro.types import InputError

IN_CHECKOUT = "bash run.sh"


def command() -> str:
    """What stands before the words of a command."""
    return "repro" if installed() else IN_CHECKOUT


def as_called(text: str) -> str:
    """A message as its reader can type it. Every room writes what is typed in a checkout."""
    return text.replace(IN_CHECKOUT, command())


def check_checkout(words: str, otherwise: str = "") -> None:
    """Raises InputError where `repro` is installed: the command `words` needs files that only a checkout has.

    otherwise: what helps here.
    """
    if installed():
        raise InputError(f"{words} needs a checkout of the project, where run.sh is{otherwise}")

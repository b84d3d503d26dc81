"""A command that is refused: one line, status 2."""

from collections.abc import Sequence

import pytest

from repro.cli import main


def refused(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The line with which a command is refused, by its words' parser or by what they ask for."""
    try:
        status = main(words)
    except SystemExit as end:
        status = end.code
    error = capsys.readouterr().err
    assert (status, error.count("\n")) == (2, 1)
    return error

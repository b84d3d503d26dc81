"""Tables as text: aligned for the terminal, or Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

Table = Callable[[Sequence[str], Sequence[Sequence[str]]], str]  # header and rows as text


class Part(NamedTuple):
    """A piece of a report: a heading over a table, or a paragraph, which has no header and no rows."""

    heading: str
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def rendered(parts: Iterable[Part], table: Table) -> str:
    """The parts one below the other, a blank line between them, each table as `table` makes it."""
    return "\n\n".join(
        f"{part.heading}\n{table(part.header, part.rows)}" if part.header else part.heading for part in parts
    )


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns padded with blanks under a ruled header; columns of numbers stand right. No final newline.

    Raises ValueError for a row of another length than the header.
    """
    _check(header, rows)
    columns = list(zip(header, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [_numeric(column[1:]) for column in columns]
    lines = [_line(header, widths, right), "  ".join("-" * width for width in widths)]
    lines += [_line(row, widths, right) for row in rows]
    return "\n".join(lines)


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same as a Markdown table; a bar inside a cell is escaped. No final newline."""
    _check(header, rows)
    columns = zip(header, *rows, strict=True)
    rule = ["---:" if _numeric(column[1:]) else "---" for column in columns]
    lines = [[_escaped(text) for text in line] for line in (header, *rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in (lines[0], rule, *lines[1:]))


def _check(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"row {list(row)} has {len(row)} cells; wanted {len(header)}")


def _numeric(texts: Sequence[str]) -> bool:
    """Whether every filled cell begins like a number, and one is filled."""
    filled = [text.lstrip("-+") for text in texts if text]
    return bool(filled) and all(text[:1].isdigit() for text in filled)


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = (
        text.rjust(width) if to_right else text.ljust(width)
        for text, width, to_right in zip(row, widths, right, strict=True)
    )
    return "  ".join(cells).rstrip()


def _escaped(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")

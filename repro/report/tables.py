"""Results as text: aligned for the terminal, or Markdown, with the printed value beside ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Lines = list[list[str]]


@dataclass(frozen=True)
class Cell:
    """One result in percent. mean: None when it was not run. std: over n seeds, None with one.

    printed: what the paper has there, or None.
    """

    mean: float | None = None
    std: float | None = None
    n: int = 0
    printed: float | None = None


@dataclass(frozen=True)
class TableRow:
    """A method and its results by column; a missing column is a gap."""

    name: str
    cells: Mapping[str, Cell]


def compose(columns: Sequence[str], rows: Sequence[TableRow], decimals: int = 1) -> tuple[list[str], Lines]:
    """Header and lines for `text_table` or `markdown_table`; a result that was not run leaves a gap.

    Each column gives `NAME` with ours, and `NAME, printed` where the paper prints something.
    """
    header, lines = [""], [[row.name] for row in rows]
    for column in columns:
        cells = [row.cells.get(column, Cell()) for row in rows]
        header.append(column)
        for line, cell in zip(lines, cells, strict=True):
            line.append(value(cell, decimals))
        if any(cell.printed is not None for cell in cells):
            header.append(f"{column}, printed")
            for line, cell in zip(lines, cells, strict=True):
                line.append("" if cell.printed is None else f"{cell.printed:g}")
    return header, lines


def value(cell: Cell, decimals: int = 1) -> str:
    """`55.3 ± 1.2 (n=3)`, `55.3` of one seed, or nothing."""
    if cell.mean is None:
        return ""
    text = f"{cell.mean:.{decimals}f}"
    if cell.std is not None:
        text += f" ± {cell.std:.{decimals}f}"
    return f"{text} (n={cell.n})" if cell.n > 1 else text


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

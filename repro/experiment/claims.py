"""A paper's claims: every sentence or table that puts one thing above another, as data.

`claims.csv` in a paper's folder has one a line. `on`: the data sets, by the command's names, on which its
rows test it. `better_row`, `worse_row`: the rows of its two sides, `ROW_ID` or `ROW_ID@VALUE`, of a curve
`ROW_ID@mean`, the mean of its values; `A - B` is a gain, so that gains can be compared;
`reported:TABLE/METHOD` is a number that the paper quotes; `A | B` are several, and each on the better side is
above each on the worse. Empty where no row tests it: then `testable` and `needs` say what a test takes.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

REPORTED = "reported:"
LEVELS = ("headline", "stated", "table", "implied")
Sides = tuple[tuple[int, str], ...]  # the rows of a comparison, each with its weight


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim. level: headline (abstract, introduction, conclusion), stated in the text, read off a table
    alone, or implied. equal: the two are called about the same. printed_*: as printed, or empty.
    """

    id: str
    place: str
    level: str
    kind: str
    claim: str
    better: str
    worse: str
    equal: bool
    dataset: str
    metric: str
    printed_better: str
    printed_worse: str
    printed_difference: str
    testable: str
    needs: str
    on: tuple[str, ...]
    better_row: str
    worse_row: str

    @property
    def comparisons(self) -> dict[str, Sides]:
        """Each better side minus each worse one, by what tells them apart; none where no row tests it."""
        if not self.better_row:
            return {}
        alone = " | " not in self.better_row
        return {
            worse if alone else f"{worse} by {better}": (*_gain(better, 1), *_gain(worse, -1))
            for better in self.better_row.split(" | ")
            for worse in self.worse_row.split(" | ")
        }

    @property
    def rows(self) -> frozenset[str]:
        """All that it compares."""
        return frozenset(row for sides in self.comparisons.values() for _, row in sides)

    @property
    def printed(self) -> str:
        """`58.3 against 56.4`, `+1.9`, or nothing."""
        if self.printed_better and self.printed_worse:
            return f"{self.printed_better} against {self.printed_worse}"
        return f"{float(self.printed_difference):+g}" if self.printed_difference else ""

    @property
    def untested(self) -> str:
        """Why no row tests it; empty where rows do."""
        if self.better_row:
            return ""
        where = "" if self.testable == "any" else f"{self.testable}: "
        return f"{where}{self.needs or 'no row measures it'}"


def _gain(side: str, sign: int) -> Sides:
    """`A - B`, or a row by itself, with weights."""
    first, *others = side.split(" - ")
    return ((sign, first), *((-sign, row) for row in others))


@cache
def read_claims(folder: Path) -> tuple[Claim, ...]:
    """The claims of a paper's folder, in its order."""
    with (folder / "claims.csv").open(newline="", encoding="utf-8") as file:
        return tuple(_claim(line) for line in csv.DictReader(file))


def _claim(line: Mapping[str, Any]) -> Claim:
    return Claim(**{**line, "equal": line["equal"] == "true", "on": tuple(line["on"].split())})

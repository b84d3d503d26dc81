"""A table of predictions, a line for each video of a folder, for whoever has no use for JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from repro.inference.one_line import TOP
from repro.inference.prediction import VideoPrediction
from repro.paths import seen_from_here
from repro.types import InputError

TABLE = "predictions.csv"
_BEST = [name for place in range(1, TOP + 1) for name in (f"class_{place}", f"confidence_{place}")]
HEADING = ["video", "label", *_BEST, "first_sure_s"]


def earlier_rows(file: Path) -> list[list[str]]:
    """The lines of a table that is there already; none where there is no file.

    InputError for another file of that name. Raises OSError where it may not be read.
    """
    try:
        with file.open(newline="", encoding="utf-8") as text:
            heading, *rows = list(csv.reader(text)) or [[]]
    except FileNotFoundError:
        return []
    except (csv.Error, UnicodeError):
        heading = []
    if heading != HEADING:
        raise InputError(
            f"{file} is no table of predictions; move it away, or name another folder with --out"
        )
    return [row for row in rows if row]


def as_table(predictions: Sequence[VideoPrediction], earlier: Iterable[Sequence[str]] = ()) -> str:
    """A CSV with a line for each video: what it is called, the three best, when it was first sure.

    earlier: lines that stand before them, but for those of files that were predicted anew.
    """
    anew = {seen_from_here(each.path) for each in predictions if not each.source}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADING)
    writer.writerows(row for row in earlier if seen_from_here(row[0]) not in anew)
    for each in predictions:
        top = [value for name, share in each.top(TOP) for value in (name, f"{share:.4f}")]
        sure = "" if each.first_sure is None else f"{each.first_sure.seconds:.3f}"
        writer.writerow([each.source or each.path, each.answer, *top, *[""] * (len(_BEST) - len(top)), sure])
    return text.getvalue()

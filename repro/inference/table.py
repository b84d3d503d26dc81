"""A table of predictions, a line for each video of a call, for whoever has no use for JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from repro.inference.one_line import TOP
from repro.inference.prediction import VideoPrediction

TABLE = "predictions.csv"


def as_table(predictions: Iterable[VideoPrediction]) -> str:
    """A CSV with a line for each video: what it is called, the three best, when it was first sure."""
    best = [name for place in range(1, TOP + 1) for name in (f"class_{place}", f"confidence_{place}")]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["video", "label", *best, "first_sure_s"])
    for each in predictions:
        top = [value for name, share in each.top(TOP) for value in (name, f"{share:.4f}")]
        sure = "" if each.first_sure is None else f"{each.first_sure.seconds:.3f}"
        writer.writerow([each.source or each.path, each.answer, *top, *[""] * (len(best) - len(top)), sure])
    return text.getvalue()

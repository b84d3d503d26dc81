"""Rows from score files to result files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from repro import score_file
from repro.runner.measure import Measured, measure
from repro.runner.results import Run, record
from repro.types import Row

ScoreFile = Callable[[Row, Mapping[str, Any] | None], Path]


def evaluate(
    rows: Iterable[Row], score_of: ScoreFile, classes: tuple[str, ...], run: Run, results: Path
) -> list[Path]:
    """Every row's score file (made or found by `score_of`), its values, its result file."""
    written = []
    for row in rows:
        scores = score_file.read(score_of(row, None))
        measured = measure(row, scores, classes)
        if row.metric == "improvement":
            over = row.metric_options["over"]  # as the paper prints it, unless we can run it
            if "over_model" in row.metric_options:
                other = score_file.read(score_of(row, row.metric_options["over_model"]))
                over = measure(row, other, classes).values["value"]
            measured = Measured({"value": measured.values["value"] - over}, {})
        written.append(record(results, row, run, measured, len(scores.video_ids)))
    return written

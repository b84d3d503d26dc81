"""Rows from score files to result files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from repro import score_file
from repro.experiment.measure import Measured, measure
from repro.experiment.measure_highlights import METRIC, measure_highlights
from repro.experiment.measure_tubes import METRICS, measure_tubes
from repro.experiment.results import Run, record
from repro.types import Highlights, Row, TubeComparison

ScoreFile = Callable[[Row, Mapping[str, Any] | None], Path]
Tubes = Callable[[Row], TubeComparison]
HighlightsOf = Callable[[Row], Highlights]


def evaluate(
    rows: Iterable[Row],
    score_of: ScoreFile,
    classes: tuple[str, ...],
    run: Run,
    folder: Path,
    tubes_of: Tubes | None = None,
    highlights_of: HighlightsOf | None = None,
) -> list[Path]:
    """Every row's score file (made or found by `score_of`), its values, its result file in `folder`.

    tubes_of: for rows about localisation, gives the tubes of the test videos and the true ones.
    highlights_of: for rows about highlighting, where attention and action lay.
    """
    written = []
    for row in rows:
        if tubes_of is not None and row.metric in METRICS:
            compared = tubes_of(row)
            measured = measure_tubes(row, compared)
            written.append(record(folder, row, run, measured, len(compared.tubes)))
            continue
        if highlights_of is not None and row.metric == METRIC:
            found = highlights_of(row)
            written.append(record(folder, row, run, measure_highlights(found), len(found.attention)))
            continue
        scores = score_file.read(score_of(row, None))
        measured = measure(row, scores, classes)
        if row.metric == "improvement":
            options = row.metric_options
            if "over_model" in options:
                other = score_file.read(score_of(row, options["over_model"]))
                over = measure(row, other, classes).values["value"]
            else:
                over = options["over"]  # as the paper prints it: we cannot run it
            measured = Measured({"value": measured.values["value"] - over}, {})
        written.append(record(folder, row, run, measured, len(scores.video_ids)))
    return written

"""Paper 2 as a run: the stages that it shares with paper 1, and what its rows are about."""

from __future__ import annotations

from collections.abc import Sequence

from repro.anticipation import pipeline
from repro.experiment.experiment import Experiment
from repro.types import Row


class Pipeline(pipeline.Pipeline):
    """Frames may be spaced over the observed part of a video (A38 b); `bench` measures the speed."""

    number = 2

    def __init__(self, experiment: Experiment, rows: Sequence[Row]) -> None:
        super().__init__(experiment, [row for row in rows if row.metric != "speed_ratio"])

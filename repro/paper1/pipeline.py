"""Paper 1 as a run: the stages that it shares with paper 2, and what its rows are about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from repro.anticipation import pipeline
from repro.types import Row


class Pipeline(pipeline.Pipeline):
    """The study of units (5.2.2) is decided by held-out training videos, all other rows by test videos."""

    number = 1

    def model_scores(self, row: Row, overrides: Mapping[str, Any]) -> Path:
        return self.scores(overrides, part=row.metric_options.get("part", "test"))

"""Paper 1 as a run: the stages that it shares with paper 2."""

from __future__ import annotations

from repro.anticipation import pipeline


class Pipeline(pipeline.Pipeline):
    """The study of units (5.2.2) is decided by held-out training videos, all other rows by test videos."""

    number = 1

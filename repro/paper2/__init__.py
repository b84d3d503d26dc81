"""Encouraging LSTMs to Anticipate Actions Very Early (ICCV 2017)."""

from __future__ import annotations

from repro.experiment.paper import Paper
from repro.paper2 import recipe, rows

PAPER = Paper(
    number=2,
    title="Encouraging LSTMs to Anticipate Actions Very Early (ICCV 2017)",
    stages=("fine-tune", "flow", "features", "sequence", "score"),
    recipes=recipe,
    results=rows,
)

build = PAPER.build

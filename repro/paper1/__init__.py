"""Deep Action- and Context-Aware Sequence Learning for Activity Recognition and Anticipation."""

from __future__ import annotations

from repro.experiment.paper import Paper
from repro.paper1 import recipe, rows

PAPER = Paper(
    number=1,
    title="Deep Action- and Context-Aware Sequence Learning for Activity Recognition and Anticipation",
    stages=("fine-tune", "flow", "features", "sequence", "score"),
    recipes=recipe,
    results=rows,
)

build = PAPER.build

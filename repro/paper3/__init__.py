"""Action Classification and Highlighting in Videos: recipe, losses, decoder and rows."""

from __future__ import annotations

from repro.experiment.paper import Paper
from repro.paper3 import recipe, rows

PAPER = Paper(
    number=3,
    title="Action Classification and Highlighting in Videos",
    stages=("fine-tune", "features", "sequence", "score"),
    recipes=recipe,
    results=rows,
    highlights=True,
    over_objects=rows.OVER_OBJECTS,
    classes=203,
    starts=("activitynet", "scratch"),
)

build = PAPER.build

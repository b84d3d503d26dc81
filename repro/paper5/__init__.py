"""Action Recognition with Joint Attention on Multi-Level Deep Features: recipe, losses, networks and rows."""

from __future__ import annotations

from repro.experiment.paper import Paper
from repro.paper5 import recipe, rows

PAPER = Paper(
    number=5,
    title="Action Recognition with Joint Attention on Multi-Level Deep Features",
    stages=("flow", "fine-tune", "features", "sequence", "score"),
    recipes=recipe,
    results=rows,
)

build = PAPER.build

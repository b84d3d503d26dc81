"""VideoLSTM Convolves, Attends and Flows for Action Recognition: recipe, loss, networks and rows."""

from __future__ import annotations

from repro.experiment.paper import Paper
from repro.paper4 import recipe, rows

PAPER = Paper(
    number=4,
    title="VideoLSTM Convolves, Attends and Flows for Action Recognition",
    stages=("flow", "fine-tune", "features", "sequence", "score", "localise"),
    recipes=recipe,
    results=rows,
    starts=("scratch", "parts"),
    takes_scores=True,
)

build = PAPER.build

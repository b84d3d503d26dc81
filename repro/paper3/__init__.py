"""Action Classification and Highlighting in Videos: recipe, losses, decoder and rows."""

from __future__ import annotations

from pathlib import Path

from repro.experiment.paper import Loaded, Paper
from repro.paper3 import recipe, rows


def _load() -> Loaded:
    from repro.paper3 import figures, networks, pipeline, prediction

    return Loaded(pipeline.Pipeline, networks.networks, figures.Figures, prediction.predictor)


PAPER = Paper(
    number=3,
    title="Action Classification and Highlighting in Videos",
    folder=Path(__file__).parent,
    stages=("fine-tune", "features", "sequence", "score"),
    recipes=recipe,
    results=rows,
    load=_load,
    highlights=True,
    classes=203,
    starts=("activitynet", "scratch"),
)

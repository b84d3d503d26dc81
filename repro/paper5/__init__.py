"""Action Recognition with Joint Attention on Multi-Level Deep Features: recipe, losses, networks and rows."""

from __future__ import annotations

from pathlib import Path

from repro.experiment.paper import Loaded, Paper
from repro.paper5 import recipe, rows


def _load() -> Loaded:
    from repro.paper5 import figures, networks, pipeline, prediction

    return Loaded(pipeline.Pipeline, networks.networks, figures.Figures, prediction.predictor)


PAPER = Paper(
    number=5,
    title="Action Recognition with Joint Attention on Multi-Level Deep Features",
    folder=Path(__file__).parent,
    stages=("flow", "fine-tune", "features", "sequence", "score"),
    recipes=recipe,
    results=rows,
    load=_load,
)

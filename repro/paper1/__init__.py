"""Deep Action- and Context-Aware Sequence Learning for Activity Recognition and Anticipation."""

from __future__ import annotations

from pathlib import Path

from repro.experiment.paper import Loaded, Paper
from repro.paper1 import recipe, rows


def _load() -> Loaded:
    from repro.paper1 import figures, networks, pipeline, prediction

    return Loaded(pipeline.Pipeline, networks.networks, figures.Figures, prediction.predictor)


PAPER = Paper(
    number=1,
    title="Deep Action- and Context-Aware Sequence Learning for Activity Recognition and Anticipation",
    folder=Path(__file__).parent,
    stages=("fine-tune", "flow", "features", "sequence", "score"),
    recipes=recipe,
    results=rows,
    load=_load,
)

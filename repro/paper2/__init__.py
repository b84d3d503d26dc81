"""Encouraging LSTMs to Anticipate Actions Very Early (ICCV 2017)."""

from __future__ import annotations

from pathlib import Path

from repro.experiment.paper import Loaded, Paper
from repro.paper2 import recipe, rows


def _load() -> Loaded:
    from repro.paper2 import figures, networks, pipeline, prediction

    return Loaded(pipeline.Pipeline, networks.networks, figures.Figures, prediction.predictor)


PAPER = Paper(
    number=2,
    title="Encouraging LSTMs to Anticipate Actions Very Early (ICCV 2017)",
    folder=Path(__file__).parent,
    stages=("fine-tune", "flow", "features", "sequence", "score"),
    recipes=recipe,
    results=rows,
    load=_load,
)

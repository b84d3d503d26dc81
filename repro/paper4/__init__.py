"""VideoLSTM Convolves, Attends and Flows for Action Recognition: recipe, loss, networks and rows."""

from __future__ import annotations

from pathlib import Path

from repro.experiment.paper import Loaded, Paper
from repro.paper4 import recipe, rows


def _load() -> Loaded:
    from repro.paper4 import figures, networks, pipeline, prediction

    return Loaded(pipeline.Pipeline, networks.networks, figures.Figures, prediction.predictor)


PAPER = Paper(
    number=4,
    title="VideoLSTM Convolves, Attends and Flows for Action Recognition",
    folder=Path(__file__).parent,
    stages=("flow", "fine-tune", "features", "sequence", "score", "localise"),
    recipes=recipe,
    results=rows,
    load=_load,
    starts=("scratch", "parts"),
    takes_scores=True,
)

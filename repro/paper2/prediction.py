"""A finished run of paper 2 on any video."""

from __future__ import annotations

from repro.anticipation.prediction import stream_predictor
from repro.experiment.exported import ExportedRun
from repro.inference.options import PredictionOptions
from repro.inference.predictor import Predictor
from repro.paper2.recipe import Recipe


def predictor(run: ExportedRun, options: PredictionOptions) -> Predictor:
    """Its networks: every frame is labelled when it comes."""
    return stream_predictor(run, Recipe)

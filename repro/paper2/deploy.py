"""A finished run of paper 2 as one network for other programs."""

from __future__ import annotations

from repro.anticipation import deploy as shared
from repro.deploy.deployable import Deployable
from repro.experiment.exported import ExportedRun
from repro.paper2.recipe import Recipe


def deployable(run: ExportedRun) -> Deployable:
    """A frame and the states of its LSTMs in, probabilities and new states out."""
    return shared.deployable(run, Recipe)

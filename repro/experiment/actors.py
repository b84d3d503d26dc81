"""Where the actors of the test videos are, for rows that are measured against boxes."""

from __future__ import annotations

from repro import datasets
from repro.datasets.boxes import Actors
from repro.experiment.experiment import Experiment
from repro.types import InputError


def actors_of(experiment: Experiment) -> Actors:
    """The actors of the test videos by video_id; InputError where the data set has no boxes."""
    if experiment.data is None:
        raise InputError("rows about places in the frame need the folder of the data set")
    return datasets.boxes_of(experiment.split.dataset, experiment.data, experiment.split.test)

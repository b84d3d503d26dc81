"""Action Classification and Highlighting in Videos: recipe, losses, decoder and rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from repro.experiment.paper import Paper
from repro.paper3 import recipe, rows
from repro.types import Row

if TYPE_CHECKING:
    import keras

    from repro.experiment.job import Job
    from repro.paper3.pipeline import Pipeline


def _pipeline(job: Job, rows: Sequence[Row]) -> Pipeline:
    from repro.paper3.pipeline import Pipeline

    return Pipeline(job, rows)


def _networks(chosen: recipe.Recipe, classes: int) -> dict[str, keras.Model]:
    from repro.paper3.networks import networks

    return networks(chosen, classes)


PAPER = Paper(
    number=3,
    title="Action Classification and Highlighting in Videos",
    folder=Path(__file__).parent,
    stages=("fine-tune", "features", "sequence", "score"),
    dataset_names=rows.DATASETS,
    Recipe=recipe.Recipe,
    recipe=recipe.recipe,
    presets=recipe.PRESETS,
    rows=rows.rows,
    printed=rows.PRINTED,
    proposed=rows.PROPOSED,
    claims=rows.CLAIMS,
    pipeline=_pipeline,
    networks=_networks,
    classes=203,
    extras=("start_from",),
)

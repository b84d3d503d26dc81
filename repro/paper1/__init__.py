"""Deep Action- and Context-Aware Sequence Learning for Activity Recognition and Anticipation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from repro.experiment.paper import Paper
from repro.paper1 import recipe, rows
from repro.types import Row

if TYPE_CHECKING:
    import keras

    from repro.experiment.job import Job
    from repro.paper1.pipeline import Pipeline


def _pipeline(job: Job, rows: Sequence[Row]) -> Pipeline:
    from repro.paper1.pipeline import Pipeline

    return Pipeline(job, rows)


def _networks(chosen: recipe.Recipe, classes: int) -> dict[str, keras.Model]:
    from repro.paper1.networks import networks

    return networks(chosen, classes)


PAPER = Paper(
    number=1,
    title="Deep Action- and Context-Aware Sequence Learning for Activity Recognition and Anticipation",
    folder=Path(__file__).parent,
    stages=("fine-tune", "flow", "features", "sequence", "score"),
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
)

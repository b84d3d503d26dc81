"""A finished run of papers 1 or 2 as a stream that labels while it watches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from repro.anticipation import networks, sequence
from repro.anticipation.recipe import Recipe
from repro.experiment.exported import ExportedRun
from repro.inference.network import one_frame
from repro.inference.stream import Anticipator
from repro.types import InputError


def load_anticipator(folder: Path, recipes: Mapping[int, type[Recipe]]) -> tuple[Anticipator, ExportedRun]:
    """The trained networks of a run folder as a streaming model, and what the folder says of them.

    recipes: the recipe class of each paper. InputError if the folder is not a finished run of one of them.
    """
    run = ExportedRun.read(folder)
    if run.paper not in recipes:
        papers = " or ".join(f"runs/paper{number}" for number in recipes)
        raise InputError(f"{folder} is a run of paper {run.paper}; name a folder in {papers}")
    recipe = run.recipe_of(recipes[run.paper])
    frame = networks.trained_frame_networks(recipe, len(run.classes), run.network_file("frame"))
    lstm = networks.trained_sequence(recipe, len(run.classes), run.weights_file)
    advance = one_frame(frame.features, sequence.step_model(lstm), sequence.prediction(recipe.variant))
    start = sequence.initial_state(lstm)
    return Anticipator(advance, start, run.classes, recipe.size_px, recipe.steps), run

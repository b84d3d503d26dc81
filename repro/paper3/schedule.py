"""How the decoder is trained on the data set of its task: the recipe's numbers for it."""

from __future__ import annotations

from typing import NamedTuple

from repro.paper3.recipe import Recipe


class Schedule(NamedTuple):
    """How the decoder is trained on a data set.

    patience: None to run all updates and keep the last. patience_from: the first update that it counts from.
    """

    learning_rate: float
    momentum: float
    batch: int
    hold: int
    decay_every: int
    decay_ratio: float
    flip_probability: float
    updates: int
    patience: int | None
    patience_from: int


def schedule(recipe: Recipe) -> Schedule:
    """The training numbers of the recipe's task: of Hollywood2 those whose names begin with it."""
    beginning = "" if recipe.task == "activitynet" else "hollywood2_"
    numbers = [getattr(recipe, beginning + name) for name in Schedule._fields[:7]]
    if recipe.task == "hollywood2":
        return Schedule._make([*numbers, recipe.hollywood2_updates, None, 0])
    counted_from = recipe.hold if recipe.patience_from == "hold" else 0
    return Schedule._make([*numbers, recipe.most_updates, recipe.patience, counted_from])

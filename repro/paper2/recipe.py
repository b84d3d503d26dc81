"""Paper 2's numbers: `stated` in the paper or `assumed` by us, where they are not those of both papers.

"Encouraging LSTMs to Anticipate Actions Very Early", ICCV 2017. Sections are the paper's.
"""

from __future__ import annotations

from dataclasses import dataclass

from repro.anticipation import recipe as shared
from repro.experiment.recipe import chosen
from repro.provenance import stated

PRESETS = shared.PRESETS


@dataclass(frozen=True)
class Recipe(shared.Recipe):
    """Everything that decides a number of paper 2. Sizes in pixels or frames, rates per update."""

    loss: str = stated("anticipation", "3.1, Eq. (1)", choices=shared.LOSSES)
    lstm_learning_rate: float = stated(0.001, "4.2 (paper 1 says 0.01)")


def recipe(preset: str) -> Recipe:
    """The recipe of a preset, as `chosen`."""
    return chosen(Recipe, PRESETS, preset)

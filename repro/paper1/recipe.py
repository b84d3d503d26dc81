"""Paper 1's numbers: `stated` in the paper or `assumed` by us, where they are not those of both papers.

"Deep Action- and Context-Aware Sequence Learning for Activity Recognition and Anticipation". "A3" is
ambiguity 3 of our list, whose chosen readings the paper's README gives.
"""

from __future__ import annotations

from dataclasses import dataclass

from repro.anticipation import recipe as shared
from repro.experiment.recipe import changes, chosen
from repro.provenance import assumed, stated


@dataclass(frozen=True)
class Recipe(shared.Recipe):
    """Everything that decides a number of paper 1. Sizes in pixels or frames, rates per update."""

    jitter_alpha: float = assumed(0.3, "A18: amounts not given here; paper 2 gives alpha = 0.3")
    flow_fields: int = stated(10, "5.2.5: 20 flow images, 10 of x and 10 of y, up to the frame")
    steps: int = assumed(50, "inferred: Tables 3 to 5 repeat the value of Table 6, first K = 50")
    frames: str = assumed("first", "inferred, as the steps")
    loss: str = stated("plgl", "4.2.1, Eqs. (8), (9)", choices=shared.LOSSES)
    lstm_learning_rate: float = stated(0.01, "5 (A16: paper 2 says 0.001)")


PRESETS = changes(Recipe, shared.PRESETS)


def recipe(preset: str) -> Recipe:
    """The recipe of a preset, as `chosen`."""
    return chosen(Recipe, PRESETS, preset)

"""Paper 2's numbers: `stated` in the paper or `assumed` by us, where they are not those of both papers.

"Encouraging LSTMs to Anticipate Actions Very Early", ICCV 2017. Sections are the paper's.
"""

from __future__ import annotations

from dataclasses import dataclass

from repro.anticipation import recipe as shared
from repro.experiment.recipe import changes, chosen
from repro.provenance import stated

# `lite` where a fold trains on 48 clips: two updates an epoch, so more epochs; clips are longer than the 50
# frames of T, of which every second one is 25.
LITE_UT = {
    **{"backbone": "efficientnet_lite0", "frame_step": 2, "steps": 25, "units": 256, "loc_units": 256},
    **{"cnn_epochs": 8, "loc_rate_ratio": 10.0, "lstm_epochs": 30},
}


@dataclass(frozen=True)
class Recipe(shared.Recipe):
    """Everything that decides a number of paper 2. Sizes in pixels or frames, rates per update."""

    loss: str = stated("anticipation", "3.1, Eq. (1)", choices=shared.LOSSES)
    lstm_learning_rate: float = stated(0.001, "4.2 (paper 1 says 0.01)")


PRESETS = changes(Recipe, {**shared.PRESETS, "lite_ut": LITE_UT})


def recipe(preset: str) -> Recipe:
    """The recipe of a preset, as `chosen`."""
    return chosen(Recipe, PRESETS, preset)

"""How much arithmetic the training steps of papers 1, 2 and 3 are, counted by hand; no engine is loaded."""

from __future__ import annotations

from repro.anticipation.recipe import Recipe as SequenceRecipe
from repro.paper3.recipe import Recipe as DecoderRecipe


def ms_lstm_flop(numbers: SequenceRecipe, batch: int, width: int, classes: int) -> float:
    """Forward and backward: two a multiply-add, three products a kernel, but no gradient of features.

    width: D of either feature.
    """
    units = numbers.units
    from_features, from_states = 2 * width * 4 * units, 3 * units * 4 * units + 2 * units * classes
    return 2.0 * batch * numbers.steps * (2 * from_features + 3 * from_states)


def decoder_flop(numbers: DecoderRecipe, batch: int, width: int, attended: int, classes: int) -> float:
    """As `ms_lstm_flop`. width: D of v. attended: V of A."""
    u, m, n, t = numbers.units, numbers.matching, numbers.steps, numbers.attended_frames
    from_features = n * width * width + t * attended * m + n * t * attended
    others = n * ((width + u + attended) * 4 * u + u * m + t * m + u * classes)
    return 2.0 * batch * (2 * from_features + 3 * others)

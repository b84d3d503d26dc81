"""The models that paper 2 compares, by its own names, as changes of its recipe.

The recipe is the proposed model: MS-LSTM, context first, the anticipation loss, 2048 units, averaging, the
first 50 frames.
"""

from __future__ import annotations

from typing import Any

from repro.anticipation.rows import MODELS as FEATURES

LOSSES = ("anticipation", "ce", "ece", "lgl", "ranking", "exp_softmax")
# Reference [11]: the original exponential softmax (A25); reference [21]: ranking on the detection score.
CITED = {"Loss of [11]": "exp_softmax", "Loss of [21]": "ranking"}

MODELS: dict[str, dict[str, Any]] = {
    "ours": {},
    **FEATURES,
    # One LSTM on context features with another paper's loss, 2048 units (A45)
    **{f"context-lstm-{loss}": {**FEATURES["context-lstm"], "loss": loss} for loss in CITED.values()},
    # The supplement, which is not available, adds optical flow as paper 1 does in its Table 7.
    "flow": {"features": ("context", "action", "flow")},
}

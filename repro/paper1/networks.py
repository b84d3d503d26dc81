"""Paper 1's networks by name, for `model.summary()`; how they are built stands in `repro.anticipation`."""

from __future__ import annotations

import keras

from repro.anticipation import networks as shared
from repro.paper1.model import MODELS
from repro.paper1.recipe import Recipe


def networks(recipe: Recipe, classes: int) -> dict[str, keras.Model]:
    """The proposed network, a single LSTM, the other fusions of Table 4, and that of Table 7 with flow."""
    others = {
        "single LSTM (Table 3)": MODELS["context-lstm-plgl"],
        **{f"{name} (Table 4)": MODELS[name] for name in ("concatenation", "swapped", "parallel")},
        "multi-stage LSTM with flow (Table 7)": MODELS["flow"],
    }
    return shared.networks(recipe, classes, others)

"""Paper 2's networks by name, for `model.summary()`; how they are built stands in `repro.anticipation`."""

from __future__ import annotations

import keras

from repro.anticipation import networks as shared
from repro.paper2.model import MODELS
from repro.paper2.recipe import Recipe


def networks(recipe: Recipe, classes: int) -> dict[str, keras.Model]:
    """The proposed network, the single LSTMs of Table 4, and that of the supplement with flow."""
    others = {
        "context-aware LSTM (Table 4)": MODELS["context-lstm"],
        "action-aware LSTM (Table 4)": MODELS["action-lstm"],
        "multi-stage LSTM with flow (supplement)": MODELS["flow"],
    }
    return shared.networks(recipe, classes, others)

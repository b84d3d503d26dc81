"""The models that paper 1 compares, by its own names, as changes of its recipe.

The recipe is the proposed model: MS-LSTM, context first, pLGL, 2048 units, averaging, the first 50 frames.
"""

from __future__ import annotations

from typing import Any

from repro.anticipation.rows import MODELS as FEATURES

LOSSES = {"ce": "CE", "egl": "EGL", "lgl": "LGL", "plgl": "pLGL"}
SINGLE_UNITS = 1024  # A2: single LSTMs have 1024 units, the MS-LSTM 2048


def table3_model(model: str, loss: str) -> dict[str, Any]:
    """What Table 3 changes: features, loss, and 1024 units for single LSTMs."""
    units = {} if model == "context+action-mslstm" else {"units": SINGLE_UNITS}
    return {**FEATURES[model], "loss": loss, **units}


MODELS: dict[str, dict[str, Any]] = {
    "ours": {},
    **{f"{model}-{loss}": table3_model(model, loss) for model in FEATURES for loss in LOSSES},
    # Table 4; units of its first three are not stated, 2048 each (A23)
    "concatenation": {"variant": "concatenation"},
    "swapped": {"features": ("action", "context")},
    "parallel": {"variant": "parallel"},
    # Table 5
    **{f"{loss}-{units}": {"loss": loss, "units": units} for loss in LOSSES for units in (1024, 2048)},
    # Table 6: the first K frames, or K sampled from the whole video; trained and tested at that K
    **{f"{way}-{k}": {"steps": k, "frames": way} for way in ("first", "sampled") for k in range(10, 60, 10)},
    # Table 7: flow features enter stage 2
    "flow": {"features": ("context", "action", "flow")},
}

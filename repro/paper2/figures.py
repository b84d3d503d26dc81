"""What a run of paper 2 shows, beside what it shares with paper 1: which models its curves compare."""

from __future__ import annotations

from typing import ClassVar

from repro.anticipation import figures
from repro.paper2.model import MODELS
from repro.paper2.rows import PROPOSED, PROPOSED_LOSS
from repro.report.figure import OURS

# Figs. 5 and 6; [11] and [21] are the paper's references.
_LOSSES = {
    PROPOSED_LOSS: "anticipation loss",
    "ce": "CE",
    "ece": "ECE",
    "lgl": "LGL",
    "ranking": "ranking loss [21]",
    "exp_softmax": "exponential softmax [11]",
}
_BY_LOSS = {
    words + (OURS if loss == PROPOSED_LOSS else ""): {"loss": loss} for loss, words in _LOSSES.items()
}
_OURS = {f"both, in stages{OURS}": PROPOSED}
_SINGLE = {f"{kind}-aware": MODELS[f"{kind}-lstm"] for kind in ("context", "action")}
_BASELINES = {
    f"context-aware, {_LOSSES[loss]}": MODELS[f"context-lstm-{loss}"] for loss in ("exp_softmax", "ranking")
}


class Figures(figures.Figures):
    """Figs. 5 and 6, and ours against each feature alone and other losses (Table 3)."""

    words: ClassVar = {**figures.WORDS, **_LOSSES}
    curves: ClassVar = {
        "losses.png": ("Figs. 5, 6: multi-stage LSTM by loss", _BY_LOSS),
        "features.png": ("anticipation loss by features", {**_OURS, **_SINGLE}),
        "baselines.png": ("ours and context-aware baselines", {**_OURS, **_BASELINES}),
    }
    by_class = _SINGLE

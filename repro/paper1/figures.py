"""What a run of paper 1 shows, beside what it shares with paper 2: which models its curves compare."""

from __future__ import annotations

from typing import ClassVar

from repro.anticipation import figures
from repro.paper1.model import LOSSES, MODELS
from repro.paper1.rows import PROPOSED
from repro.report.figure import OURS

_BY_LOSS = {f"pLGL{OURS}": {"loss": "plgl"}} | {
    words: {"loss": loss} for loss, words in LOSSES.items() if loss != "plgl"
}
_SINGLE = {f"{kind}-aware": MODELS[f"{kind}-lstm-plgl"] for kind in ("context", "action")}


class Figures(figures.Figures):
    """Fig. 4, and both features against each alone."""

    words: ClassVar = {**figures.WORDS, **LOSSES}
    curves: ClassVar = {
        "losses.png": ("Fig. 4: multi-stage LSTM by loss", _BY_LOSS),
        "features.png": ("pLGL by features", {f"both, in stages{OURS}": PROPOSED, **_SINGLE}),
    }
    by_class = _SINGLE

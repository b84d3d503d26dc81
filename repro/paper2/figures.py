"""What a run of paper 2 shows, beside what it shares with paper 1: which models its curves compare."""

from __future__ import annotations

from typing import ClassVar

from repro.anticipation import figures
from repro.paper2.rows import BY_LOSS, OTHER_LOSSES, PROPOSED, SINGLE

_OURS = {"mslstm-anticipation": PROPOSED}


class Figures(figures.Figures):
    """Figs. 5 and 6, and ours against each feature alone and other losses (Table 3)."""

    curves: ClassVar = {
        "losses.png": ("Figs. 5, 6: multi-stage LSTM by loss", BY_LOSS),
        "features.png": ("anticipation loss by features", {**_OURS, **SINGLE}),
        "baselines.png": ("ours and context-aware baselines", {**_OURS, **OTHER_LOSSES}),
    }
    by_class = SINGLE

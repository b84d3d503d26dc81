"""What a run of paper 1 shows, beside what it shares with paper 2: which models its curves compare."""

from __future__ import annotations

from typing import ClassVar

from repro.anticipation import figures
from repro.paper1.rows import BY_LOSS, SINGLE


class Figures(figures.Figures):
    """Fig. 4, and both features against each alone."""

    curves: ClassVar = {
        "losses.png": ("Fig. 4: multi-stage LSTM by loss", BY_LOSS),
        "features.png": ("pLGL by features", {"mslstm-plgl": {"loss": "plgl"}, **SINGLE}),
    }
    by_class = SINGLE

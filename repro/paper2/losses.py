"""Paper 2's losses by the names it gives them; the equations stand in `repro.anticipation.losses`."""

from __future__ import annotations

from repro.anticipation.losses import LOSSES as SHARED

# Eq. (1), Eq. (7), Eq. (8), Eq. (9); the originals of [11] and of [21]; readings (A11, A46).
LOSSES = {
    name: SHARED[name]
    for name in (
        "anticipation",
        "ce",
        "ece",
        "lgl",
        "exp_softmax",
        "ranking",
        "ranking_margin",
        "anticipation_without_1_over_n",
        "ce_every_frame",
    )
}

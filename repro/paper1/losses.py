"""Paper 1's losses by the names it gives them; the equations stand in `repro.anticipation.losses`.

`plgl` is paper 2's anticipation loss, `egl` its ECE. The two-stage loss, Eq. (10), is their sum over stages.
"""

from __future__ import annotations

from repro.anticipation.losses import LOSSES as SHARED

# Eq. (11), Eq. (12), Eq. (13), Eqs. (8) and (9); the loss that EGL changes (A25); readings (A11, A46).
LOSSES = {
    name: SHARED[name]
    for name in (
        "ce",
        "egl",
        "lgl",
        "plgl",
        "exp_softmax",
        "anticipation_without_1_over_n",
        "ce_every_frame",
    )
}

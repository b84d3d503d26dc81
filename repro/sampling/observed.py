"""How many frames of a video the words of a table leave: "20%", "2 frames", "first frame"."""

from __future__ import annotations

import re
from fractions import Fraction

_FORMS = re.compile(r"(?P<frames>\d+) frames?|(?P<percent>\d+(\.\d+)?)%|first frame")


def observed_frames(observed: str, length_frames: int, scored_frames: int) -> int:
    """How many frames `observed` leaves of a video of `length_frames` = L, of which T_i were scored.

    observed: `first frame`, `2 frames`, or `20%`, of which n = max(1, floor(fraction * L)): never more than
    the stated share (A40). At most T_i. Exact: 0.29 * 100 is 28.999... in floats. Raises ValueError
    for any other text, for no frames and for a share outside (0, 100] %.
    """
    form = _FORMS.fullmatch(observed)
    percent = Fraction(form["percent"] or 1) if form else Fraction(0)
    frames = int(form["frames"] or 1) if form else 0
    if frames < 1 or not 0 < percent <= 100:
        raise ValueError(f"{observed!r}; wanted 'first frame', 'N frames' or 'P%' with P in (0, 100]")
    if form and form["percent"]:
        frames = max(1, int(percent * length_frames / 100))
    return min(frames, scored_frames)

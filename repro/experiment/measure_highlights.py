"""A highlighting row's metric: attention as a detector of the frames in which the action happens."""

from __future__ import annotations

import numpy as np

from repro.evaluation.bootstrap import mean_interval
from repro.evaluation.highlighting import detection
from repro.experiment.measure import Measured
from repro.types import Highlights

METRIC = "highlighting"


def measure_highlights(highlights: Highlights) -> Measured:
    """Mean average precision over videos in percent: of the attention, of uniform and of centred weights.

    "low" and "high": 95 % over test videos of the attention's; "gain" is over uniform, with its own interval.
    """
    detected = detection(highlights.attention, highlights.intervals, highlights.lengths_frames)
    gain = detected.attention - detected.uniform
    values = {
        "value": detected.attention,
        "uniform": detected.uniform,
        "centre": detected.centre,
        "gain": gain,
    }
    measured = {name: 100 * float(np.mean(array)) for name, array in values.items()}
    for name, array in (("", detected.attention), ("gain ", gain)):
        low, high = mean_interval(array)
        measured |= {f"{name}low": 100 * low, f"{name}high": 100 * high}
    return Measured(measured | {"videos": float(len(detected.video_ids))}, {})

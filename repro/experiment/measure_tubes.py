"""A localisation row's metric applied to the tubes of the test videos: recall or mAP over overlaps."""

from __future__ import annotations

import numpy as np

from repro.evaluation import tubes
from repro.experiment.measure import Measured, as_text
from repro.types import Row, TubeComparison

METRICS = ("recall", "tube_map")


def measure_tubes(row: Row, compared: TubeComparison, overlap: str = "frames") -> Measured:
    """Values by least overlap ("0.2"), in percent; of recall also which true tubes are reached, as hits.

    overlap: which of `tubes.OVERLAPS`.
    """
    if row.metric == "tube_map":
        values = tubes.mean_ap(compared.tubes, compared.scores, compared.truth, overlap=overlap)
        return Measured(_by_threshold(values), {})
    overlaps = tubes.overlaps(compared.tubes, compared.truth, overlap)
    reached = {f"{threshold:g}": overlaps >= threshold for threshold in tubes.THRESHOLDS}
    hits = {name: as_text(each) for name, each in reached.items()}
    clips = tuple(video_id for video_id in sorted(compared.truth) for _ in compared.truth[video_id])
    return Measured({name: 100 * float(each.mean()) for name, each in reached.items()}, hits, clips)


def _by_threshold(values: np.ndarray) -> dict[str, float]:
    return {f"{t:g}": 100 * float(v) for t, v in zip(tubes.THRESHOLDS, values, strict=True)}

"""How well tubes cover the annotated ones (paper 4, Fig. 4): overlap, recall and mean average precision.

Every video has one predicted tube with a score for each class, and any number of annotated tubes with labels.
All results are fractions, 0..1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from repro import boxes
from repro.evaluation.average_precision import average_precision
from repro.types import Tube

THRESHOLDS = (0.05, 0.1, 0.125, 0.2, 0.3, 0.4, 0.5)
Tubes = Mapping[str, Tube]  # video_id -> the predicted tube
Truth = Mapping[str, Sequence[tuple[int, Tube]]]  # video_id -> label and annotated tube of every actor


def st_iou(a: Tube, b: Tube) -> float:
    """Spatio-temporal overlap: the sum of the box IoUs over the common frames / the frames of either tube.

    Equals the temporal IoU times the mean box IoU on the common frames. In 0..1; 1 for equal tubes.
    """
    _, at_a, at_b = np.intersect1d(a.frames, b.frames, assume_unique=True, return_indices=True)
    either = len(a.frames) + len(b.frames) - len(at_a)
    return math.fsum(boxes.iou(a.boxes[at_a], b.boxes[at_b])) / either  # 10 times 0.2 must reach 0.2


def volume_iou(a: Tube, b: Tube) -> float:
    """The volumes' overlap: the area that the boxes share, summed over the frames / that of either tube's.

    A frame counts by the size of its boxes, where it counts as one in `st_iou`. In 0..1; 1 for equal tubes, 0
    for two without area.
    """
    _, at_a, at_b = np.intersect1d(a.frames, b.frames, assume_unique=True, return_indices=True)
    shared = boxes.intersection(a.boxes[at_a], b.boxes[at_b])
    either = math.fsum([*boxes.area(a.boxes), *boxes.area(b.boxes), *-shared])
    return math.fsum(shared) / either if either else 0.0


OVERLAPS: dict[str, Callable[[Tube, Tube], float]] = {"frames": st_iou, "volumes": volume_iou}


def overlaps(tubes: Tubes, truth: Truth, overlap: str = "frames") -> NDArray[np.float64]:
    """Of every annotated tube the overlap with its video's tube, labels ignored: float64 [G].

    overlap: which of `OVERLAPS`. In the order of the sorted video_ids, then of the annotation; the share that
    reaches a threshold is the recall of Fig. 4a. Raises ValueError where tubes and truth name different
    videos or nothing is annotated.
    """
    _check(tubes, truth)
    of = OVERLAPS[overlap]
    return np.array([of(tubes[v], true) for v in sorted(truth) for _, true in truth[v]])


def mean_ap(
    tubes: Tubes,
    scores: Mapping[str, NDArray[np.floating]],
    truth: Truth,
    thresholds: Sequence[float] = THRESHOLDS,
    overlap: str = "frames",
) -> NDArray[np.float64]:
    """The mean average precision over the classes with annotated tubes: float64 [thresholds]. Fig. 4b.

    scores: [K] of every video; labels are 0..K-1. For a class all tubes are ranked by their score for it; a
    tube is right if the annotated tube of that class and video which it overlaps most is reached. With one
    tube a video none is reached twice. Precision is made monotone (VOC from 2010 on). overlap: as in
    `overlaps`. Raises ValueError for other videos, labels, or scores not finite.
    """
    _check(tubes, truth)
    ids = sorted(tubes)
    if set(scores) != set(ids) or len({scores[v].shape for v in ids}) != 1 or scores[ids[0]].ndim != 1:
        raise ValueError(f"scores of {len(scores)} videos for {len(ids)} tubes; wanted one [K] each")
    ranked_by = np.stack([scores[v] for v in ids])
    positives = np.zeros(ranked_by.shape[1], np.int64)
    best = np.full(ranked_by.shape, -1.0)  # where the class is not annotated no threshold is reached
    for row, v in enumerate(ids):
        for label, true in truth[v]:
            if not 0 <= label < len(positives):
                raise ValueError(f"{v}: label {label} with {len(positives)} scores; wanted 0 <= label < K")
            positives[label] += 1
            best[row, label] = max(best[row, label], OVERLAPS[overlap](tubes[v], true))
    means = []
    for threshold in thresholds:
        each = [
            average_precision(
                best[:, k] >= threshold, ranked_by[:, k], positives=int(positives[k]), interpolated=True
            )
            for k in np.flatnonzero(positives)
        ]
        means.append(np.mean(each))
    return np.array(means)


def _check(tubes: Tubes, truth: Truth) -> None:
    if set(tubes) != set(truth):
        odd = min(set(tubes) ^ set(truth))
        raise ValueError(f"{odd} is among tubes or truth only; wanted both of every video, if empty")
    if not any(truth.values()):
        raise ValueError("no annotated tube; wanted one at least")

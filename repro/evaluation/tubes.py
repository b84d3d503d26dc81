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
from repro.types import Tube

THRESHOLDS = (0.05, 0.1, 0.125, 0.2, 0.3, 0.4, 0.5)
RULES = ("area", "hits", "11-point")
Tubes = Mapping[str, Tube]  # video_id -> the predicted tube
Truth = Mapping[str, Sequence[tuple[int, Tube]]]  # video_id -> label and annotated tube of every actor
Overlap = Callable[[Tube, Tube], float]


def st_iou(a: Tube, b: Tube) -> float:
    """Spatio-temporal overlap: the sum of the box IoUs over the common frames / the frames of either tube.

    Equals the temporal IoU times the mean box IoU on the common frames. In 0..1; 1 for equal tubes.
    """
    _, at_a, at_b = np.intersect1d(a.frames, b.frames, assume_unique=True, return_indices=True)
    either = len(a.frames) + len(b.frames) - len(at_a)
    return math.fsum(boxes.iou(a.boxes[at_a], b.boxes[at_b])) / either  # 10 times 0.2 must reach 0.2


def st_iou_of_sums(a: Tube, b: Tube) -> float:
    """The other reading: summed areas of intersection / summed areas of union, over the frames of either."""
    _, at_a, at_b = np.intersect1d(a.frames, b.frames, assume_unique=True, return_indices=True)
    shared, _ = boxes.areas(a.boxes[at_a], b.boxes[at_b])
    inter = math.fsum(shared)
    own = [math.fsum((t.boxes[:, 2:] - t.boxes[:, :2]).prod(axis=1)) for t in (a, b)]
    union = math.fsum([*own, -inter])
    return inter / union if union > 0 else 0.0


def overlaps(tubes: Tubes, truth: Truth, overlap: Overlap = st_iou) -> NDArray[np.float64]:
    """Of every annotated tube the overlap with its video's tube, labels ignored: float64 [G].

    In the order of the sorted video_ids, then of the annotation. `overlaps(...) >= threshold` are the hits
    behind `recall`. Raises ValueError where tubes and truth name different videos or nothing is annotated.
    """
    _check(tubes, truth)
    return np.array([overlap(tubes[v], true) for v in sorted(truth) for _, true in truth[v]])


def recall(
    tubes: Tubes, truth: Truth, thresholds: Sequence[float] = THRESHOLDS, overlap: Overlap = st_iou
) -> NDArray[np.float64]:
    """The part of the annotated tubes whose overlap reaches each threshold: float64 [thresholds].

    Fig. 4a. Raises ValueError as `overlaps` does.
    """
    reached = overlaps(tubes, truth, overlap)
    return np.array([np.mean(reached >= threshold) for threshold in thresholds])


def mean_ap(
    tubes: Tubes,
    scores: Mapping[str, NDArray[np.floating]],
    truth: Truth,
    thresholds: Sequence[float] = THRESHOLDS,
    rule: str = "area",
    overlap: Overlap = st_iou,
) -> NDArray[np.float64]:
    """The mean of `average_precision` over the classes with annotated tubes: float64 [thresholds]. Fig. 4b.

    scores: [K] of every video; labels are 0..K-1. For a class all tubes are ranked by their score for it; a
    tube is right if the annotated tube of that class and video which it overlaps most is reached. With one
    tube a video none is reached twice. Raises ValueError for other videos, labels, or scores not finite.
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
            best[row, label] = max(best[row, label], overlap(tubes[v], true))
    means = []
    for threshold in thresholds:
        each = [
            average_precision(best[:, k] >= threshold, ranked_by[:, k], int(positives[k]), rule)
            for k in np.flatnonzero(positives)
        ]
        means.append(np.mean(each))
    return np.array(means)


def average_precision(
    right: NDArray[np.bool_], scores: NDArray[np.floating], positives: int, rule: str = "area"
) -> float:
    """Of tubes ranked by score, where `positives` could be found: bool [V], float [V] -> 0..1.

    Tubes of equal score enter together, so their order means nothing. rule: `area` lies under the
    precision-recall curve made monotone (VOC from 2010 on), `hits` sums the precisions at each tube found,
    over `positives`, `11-point` averages the best precision from recall 0, 0.1, ..., 1 on (VOC 2007). Raises
    ValueError for other shapes, rules, scores not finite, fewer positives than right tubes.
    """
    if rule not in RULES:
        raise ValueError(f"rule {rule!r}; wanted one of {RULES}")
    if right.ndim != 1 or right.shape != scores.shape or not np.isfinite(scores).all():
        raise ValueError(f"right {right.shape}, scores {scores.shape}; wanted equal [V], finite scores")
    if positives < max(1, int(right.sum())):
        raise ValueError(
            f"{positives} positives; wanted 1 or more, and the {right.sum()} right ones among them"
        )
    order = np.argsort(-scores, kind="stable")
    last_of_its_score = np.append(np.diff(scores[order]) != 0, True)
    found = np.cumsum(right[order])[last_of_its_score]
    precision = found / (np.flatnonzero(last_of_its_score) + 1)
    if rule == "11-point":
        # In whole numbers: found / positives >= level / 10.
        best = [precision[10 * found >= level * positives].max(initial=0.0) for level in range(11)]
        return float(np.mean(best))
    if rule == "area":
        precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(found, prepend=0) * precision) / positives)


def _check(tubes: Tubes, truth: Truth) -> None:
    if set(tubes) != set(truth):
        odd = min(set(tubes) ^ set(truth))
        raise ValueError(f"{odd} is among tubes or truth only; wanted both of every video, if empty")
    if not any(truth.values()):
        raise ValueError("no annotated tube; wanted one at least")

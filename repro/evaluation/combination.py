"""Several models as one by the mean of their scores, and which classes gain by a model (paper 3, 4.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.accuracy import confusion_matrix, per_class, top1
from repro.evaluation.fusion import in_order_of
from repro.types import Scores


def mean(parts: Sequence[Scores]) -> Scores:
    """The unweighted mean of several models' scores of the same videos, matched by video_id.

    The result has the videos in the order of the first part, and its labels, classes and lengths; rows beyond
    the observed frames stay zero. Raises ValueError for no part, InputError as `fusion.fuse`.
    """
    if not parts:
        raise ValueError("the mean of no scores; wanted one model or more")
    first = parts[0]
    arrays = np.stack([in_order_of(first, part, number) for number, part in enumerate(parts, start=1)])
    return replace(first, scores=arrays.mean(axis=0, dtype=np.float64).astype(np.float32))


class Gain(NamedTuple):
    """One class: the share of its videos that each of two models names first, 0..1."""

    label: int
    accuracy: float
    before: float


def gains(scores: Scores, over: Scores, count: int = 5) -> tuple[Gain, ...]:
    """The classes whose top-1 accuracy rises most from the model `over` to another (paper 3, figure 5).

    Both: one score a video, [V, 1, K]; matched by video_id. At most `count` classes, the largest rise first,
    of equal ones the lower label; classes without videos are left out. Raises ValueError for more than one
    score a video and for a count below 1, InputError as `fusion.fuse`.
    """
    if scores.scores.shape[1] != 1 or count < 1:
        raise ValueError(f"scores {scores.scores.shape}, count {count}; wanted [V, 1, K], 1 or more")
    now = _class_accuracy(scores, in_order_of(scores, scores, 1))
    before = _class_accuracy(scores, in_order_of(scores, over, 2))
    there = np.flatnonzero(~np.isnan(now))
    largest = there[np.argsort(-(now - before)[there], kind="stable")][:count]
    return tuple(Gain(int(label), float(now[label]), float(before[label])) for label in largest)


def _class_accuracy(of: Scores, scores: NDArray[np.float32]) -> NDArray[np.float64]:
    return per_class(confusion_matrix(of.labels, top1(scores[:, 0]), scores.shape[2]))

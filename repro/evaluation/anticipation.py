"""Accuracy when only the first frames are observed: papers 1 and 2 (paper 2, 3.2.2, 4.3 and 4.4.1).

After t frames the class of a video is the argmax over k of

    (1/t) sum_{s=1..t} p_s(k)    pooled
    p_t(k)                       not pooled

How much is observed is written as in the tables: "20%", "12.5%", "2 frames", "first frame".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.accuracy import accuracy, top1, top_k
from repro.evaluation.average_precision import mean_average_precision
from repro.evaluation.calibration import expected_calibration_error
from repro.evaluation.pooling import cumulative_mean
from repro.sampling.observed import observed_frames
from repro.types import Scores


def predictions_after(scores: Scores, observed: str, *, pooled: bool) -> NDArray[np.int64]:
    """The class of each video after that part of it: int64 [V], the lower index on a tie."""
    return top1(scores_after(scores, observed, pooled=pooled))


def hits_after(scores: Scores, observed: str, *, pooled: bool) -> NDArray[np.bool_]:
    """Which videos are named rightly after that part of each: bool [V]; its mean is the accuracy."""
    return predictions_after(scores, observed, pooled=pooled) == scores.labels


def scores_after(scores: Scores, observed: str, *, pooled: bool) -> NDArray[np.float64]:
    """The probabilities of each video's classes after that part of it: float64 [V, K]."""
    return _at(_probabilities(scores, pooled=pooled), _counts(scores, observed))


def profile(scores: Scores, observed: Sequence[str], *, pooled: bool) -> dict[str, dict[str, float]]:
    """Four metrics after each part: {"top-1", "top-5", "mAP", "ECE"} -> {part: 0..1}, in the given order.

    With fewer than six classes top-5 could not miss and is left out. ECE has 15 bins. Raises ValueError where
    the scores at a part are not probabilities.
    """
    probabilities = _probabilities(scores, pooled=pooled)
    metrics: dict[str, dict[str, float]] = {"top-1": {}, "top-5": {}, "mAP": {}, "ECE": {}}
    for part in observed:
        at_part = _at(probabilities, _counts(scores, part))
        metrics["top-1"][part] = accuracy(scores.labels, top1(at_part))
        if probabilities.shape[2] > 5:
            metrics["top-5"][part] = top_k(scores.labels, at_part, 5)
        metrics["mAP"][part] = mean_average_precision(scores.labels, at_part)
        metrics["ECE"][part] = expected_calibration_error(scores.labels, at_part)
    return {name: values for name, values in metrics.items() if values}


def time_to_action(scores: Scores, *, pooled: bool) -> NDArray[np.float64]:
    """The fraction t/L of each video at which its class becomes first for good, to the last observed frame.

    float64 [V]: t counts from 1, L is the whole length; infinite where the class is not first at the end.
    """
    right = _by_frame(scores, pooled=pooled) == scores.labels[:, None]
    t = np.arange(1, right.shape[1] + 1)
    observed = t <= scores.observed_frames[:, None]
    last_wrong = np.max(np.where(observed & ~right, t, 0), axis=1)
    at = (last_wrong + 1) / scores.lengths_frames
    return np.where(last_wrong < scores.observed_frames, at, np.inf)


def curve(scores: Scores, *, pooled: bool) -> NDArray[np.float64]:
    """Accuracy after t = 1..T frames: float64 [T], paper 2's Figs. 5 (not pooled) and 6 (pooled).

    A video that has ended keeps its prediction at its last frame (A15).
    """
    predicted = _by_frame(scores, pooled=pooled)
    counts = (np.minimum(t, scores.observed_frames) for t in range(1, predicted.shape[1] + 1))
    return np.array([accuracy(scores.labels, _at(predicted, frames)) for frames in counts])


def _by_frame(scores: Scores, *, pooled: bool) -> NDArray[np.int64]:
    """The class named at every frame, int64 [V, T]; meaningless beyond a video's observed frames."""
    return top1(_probabilities(scores, pooled=pooled))


def _probabilities(scores: Scores, *, pooled: bool) -> NDArray[np.float64]:
    """The probabilities that decide at every frame, float64 [V, T, K]; ValueError for unreadable scores."""
    videos, steps, classes = scores.scores.shape
    if not videos:
        raise ValueError("no videos; an accuracy needs at least one")
    if (scores.observed_frames < 1).any() or (scores.observed_frames > steps).any():
        raise ValueError(f"observed frames {scores.observed_frames}; wanted 1 to {steps} for each video")
    if (scores.observed_frames > scores.lengths_frames).any():
        raise ValueError("a video has more observed frames than its length")
    if scores.labels.min() < 0 or scores.labels.max() >= classes:
        raise ValueError(
            f"labels reach from {scores.labels.min()} to {scores.labels.max()} of {classes} classes"
        )
    return cumulative_mean(scores.scores) if pooled else scores.scores.astype(np.float64)


def _counts(scores: Scores, observed: str) -> NDArray[np.int64]:
    pairs = zip(scores.lengths_frames.tolist(), scores.observed_frames.tolist(), strict=True)
    return np.array([observed_frames(observed, length, scored) for length, scored in pairs], dtype=np.int64)


def _at(by_frame: NDArray[Any], frames: NDArray[np.int64]) -> NDArray[Any]:
    """The entry of each video after its own number of frames (from 1): [V, T, ...] -> [V, ...]."""
    return by_frame[np.arange(len(by_frame)), frames - 1]

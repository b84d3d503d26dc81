"""Accuracy when only the first frames have been seen: papers 1 and 2 (paper 2 sections 4.1 and 4.4).

After t frames the class of a video is the argmax over k of

    (1/t) sum_{s=1..t} p_s(k)    pooled
    p_t(k)                       not pooled

How much is seen is written as in the tables: "20%", "12.5%", "2 frames", "first frame".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.accuracy import accuracy, top1
from repro.evaluation.pooling import cumulative_mean
from repro.types import Scores

_FORMS = re.compile(r"(?P<frames>\d+) frames?|(?P<percent>\d+(\.\d+)?)%|first frame")


def observed_frames(observed: str, length_frames: int, scored_frames: int) -> int:
    """How many frames `observed` leaves of a video of `length_frames` = L, of which T_i were scored.

    observed: `first frame`, `2 frames`, or `20%`, of which n = max(1, floor(fraction * L)): never more than
    the stated share is seen (9.40). At most T_i. Exact: 0.29 * 100 is 28.999... in floats. Raises ValueError
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


def predictions_after(scores: Scores, observed: str, *, pooled: bool) -> NDArray[np.int64]:
    """The class of each video after that part of it: int64 [V], the lower index on a tie."""
    return _at(_by_frame(scores, pooled=pooled), _counts(scores, observed))


def accuracy_after(scores: Scores, observed: str, *, pooled: bool) -> float:
    """Top-1 accuracy over the videos after that part of each, 0..1."""
    return accuracy(scores.labels, predictions_after(scores, observed, pooled=pooled))


def at_fractions(scores: Scores, observed: Sequence[str], *, pooled: bool) -> dict[str, float]:
    """`accuracy_after` of each part, by name and in the given order."""
    said = _by_frame(scores, pooled=pooled)
    return {part: accuracy(scores.labels, _at(said, _counts(scores, part))) for part in observed}


def earliest_latest(scores: Scores, earliest: str, *, pooled: bool) -> tuple[float, float]:
    """The two columns of paper 2's Tables 1 to 4: after `earliest`, and after all scored frames."""
    both = at_fractions(scores, (earliest, "100%"), pooled=pooled)
    return both[earliest], both["100%"]


def curve(scores: Scores, *, pooled: bool) -> NDArray[np.float64]:
    """Accuracy after t = 1..T frames: float64 [T], paper 2's Figs. 5 (not pooled) and 6 (pooled).

    A video that has ended keeps what was said at its last frame (9.15).
    """
    said = _by_frame(scores, pooled=pooled)
    seen = (np.minimum(t, scores.observed_frames) for t in range(1, said.shape[1] + 1))
    return np.array([accuracy(scores.labels, _at(said, frames)) for frames in seen])


def _by_frame(scores: Scores, *, pooled: bool) -> NDArray[np.int64]:
    """The class named at every frame, int64 [V, T]; meaningless beyond a video's observed frames."""
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
    return top1(cumulative_mean(scores.scores) if pooled else scores.scores)


def _counts(scores: Scores, observed: str) -> NDArray[np.int64]:
    pairs = zip(scores.lengths_frames.tolist(), scores.observed_frames.tolist(), strict=True)
    return np.array([observed_frames(observed, length, scored) for length, scored in pairs], dtype=np.int64)


def _at(said: NDArray[np.int64], frames: NDArray[np.int64]) -> NDArray[np.int64]:
    """What is said of each video after its own number of frames (from 1): [V, T] -> [V]."""
    return said[np.arange(len(said)), frames - 1]

"""One score from several models: products with exponents (paper 4, 5.2 and 5.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product as every

import numpy as np
from numpy.typing import NDArray

from repro.types import InputError, Scores

SMALLEST = float(np.finfo(np.float32).tiny)
NORMALISED_TO = 1e-3  # how far from 1 a sum of float32 or printed probabilities may lie


def product(
    scores: Sequence[NDArray[np.floating]], exponents: Sequence[float] | None = None
) -> NDArray[np.float64]:
    """s(c) proportional to prod_k p_k(c)^{w_k}: arrays [..., K] -> float64 [..., K], summing to 1 over c.

    exponents: w_k, by default 1 for all. Computed in logarithms. A probability that underflowed to 0 counts
    as the smallest positive float32, so that no model alone can rule a class out. Raises ValueError for
    arrays of different shapes, negative exponents or another number of them.
    """
    weights = [1.0] * len(scores) if exponents is None else list(exponents)
    shapes = {score.shape for score in scores}
    if len(shapes) != 1 or len(weights) != len(scores) or min(weights) < 0:
        raise ValueError(f"{len(scores)} scores of shapes {shapes} with exponents {weights}")
    logs = sum(
        weight * np.log(np.maximum(score, SMALLEST, dtype=np.float64))
        for weight, score in zip(weights, scores, strict=True)
    )
    powers: NDArray[np.float64] = np.exp(logs - np.max(logs, axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def fuse(parts: Sequence[Scores], exponents: Sequence[float] | None = None) -> Scores:
    """`product` of the scores that several models gave the same videos, matched by video_id.

    The result has the videos in the order of the first part, and its labels and lengths. Rows beyond the
    observed frames stay zero. Raises InputError where videos, labels, classes or frames differ, or where a
    score is no distribution over the classes; ValueError where videos have several classes: products of
    probabilities that are not exclusive mean nothing.
    """
    first = parts[0]
    if first.positive is not None:
        raise ValueError("scores of videos with several classes; wanted one class each, or their mean")
    arrays = [in_order_of(first, part, number) for number, part in enumerate(parts, start=1)]
    observed = np.arange(first.scores.shape[1]) < first.observed_frames[:, None]
    fused = np.zeros(first.scores.shape, np.float32)
    fused[observed] = product([array[observed] for array in arrays], exponents)
    return Scores(first.video_ids, first.labels, first.lengths_frames, first.observed_frames, fused)


def in_order_of(first: Scores, part: Scores, number: int) -> NDArray[np.float32]:
    """The scores of `part` in the videos' order of `first`, checked: float32 [V, T, K].

    number: of the part, for messages. Where videos have several classes (`positive`) each class has its own
    probability, and their sum is not checked. Raises InputError as `fuse`, and where `positive` differs.
    """
    place = {video_id: row for row, video_id in enumerate(part.video_ids)}
    lacking = set(first.video_ids) ^ set(place)
    if lacking:
        raise InputError(
            f"score {number} to fuse and the first are of different videos: only one has {min(lacking)} "
            f"(and {len(lacking) - 1} more); score both on the same split"
        )
    rows = np.array([place[video_id] for video_id in first.video_ids], np.int64)
    scores = part.scores[rows]
    if scores.shape != first.scores.shape or (part.observed_frames[rows] != first.observed_frames).any():
        raise InputError(
            f"score {number} to fuse has frames and classes {scores.shape[1:]} a video, the first "
            f"{first.scores.shape[1:]}; fuse scores of the same frames and classes"
        )
    other = part.labels[rows] != first.labels
    if first.positive is not None and part.positive is not None:
        other |= (part.positive[rows] != first.positive).any(axis=-1)
    elif first.positive is not part.positive:
        other[:] = True
    if other.any():
        raise InputError(
            f"score {number} to fuse gives {first.video_ids[int(other.argmax())]} another label than the "
            "first; score both with the same class list"
        )
    observed = np.arange(scores.shape[1]) < first.observed_frames[:, None]
    wrong = observed & ~_are_probabilities(scores, exclusive=first.positive is None)
    if wrong.any():
        video_id = first.video_ids[int(wrong.any(axis=1).argmax())]
        raise InputError(
            f"score {number} to fuse is not a probability over the classes at {video_id}; wanted "
            f"values of 0 or more {'with sum 1' if first.positive is None else 'and at most 1'}"
        )
    return scores


def _are_probabilities(scores: NDArray[np.float32], *, exclusive: bool) -> NDArray[np.bool_]:
    """[..., K] -> bool [...]. exclusive: the classes share a probability of 1."""
    beyond = np.abs(scores.sum(axis=-1) - 1) if exclusive else scores.max(axis=-1) - 1
    return (scores >= 0).all(axis=-1) & (beyond <= NORMALISED_TO)


def choose_exponents(parts: Sequence[Scores], steps: int = 10) -> tuple[float, ...]:
    """The exponents w_k, k = 1..n, that are right most often on these videos: held-out ones, no test video.

    parts: one score a video, [V, 1, K]. Only ratios of exponents matter to the decision, so all multiples of
    1 / `steps` with sum 1 are tried, 0 included. Of equally good ones the most even are taken, then the
    first. Raises ValueError for more than one score a video, and InputError as `fuse`.
    """
    first = parts[0]
    if first.scores.shape[1] != 1 or steps < 1:
        raise ValueError(
            f"scores have shape {first.scores.shape}, {steps} steps; wanted [V, 1, K], 1 or more"
        )
    arrays = [in_order_of(first, part, number)[:, 0] for number, part in enumerate(parts, start=1)]

    def worth(exponents: tuple[float, ...]) -> tuple[int, float]:
        right = int((product(arrays, exponents).argmax(axis=-1) == first.labels).sum())
        return right, -sum(exponent**2 for exponent in exponents)

    return max(_grid(len(parts), steps), key=worth)


def _grid(count: int, steps: int) -> Iterator[tuple[float, ...]]:
    for parts in every(range(steps + 1), repeat=count):
        if sum(parts) == steps:
            yield tuple(part / steps for part in parts)

"""The class of a clip and of a video from the frames of its clips (paper 5, C16 and C17).

A decision is handed on as class scores, float64 [K], so that top-5 and average precision can be computed too.
Where classes are voted on, the score of class k is

    (votes_k + p_k / 2) / (N + 1/2)

with N votes and p the mean probability over what votes: p_k / 2 is less than one vote, so whole votes decide,
among equal votes the larger probability, and among equal probabilities `np.argmax` takes the smaller index.
The scores sum to 1 where the probabilities do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def video_score(
    clips: NDArray[np.floating], last: int, clip_rule: str = "vote", video_rule: str = "vote"
) -> NDArray[np.float64]:
    """Class scores of a video from all its clips: [N, T, K] -> float64 [K]. Paper 5, C17.

    Only the last L2 = `last` frames of a clip count (C16). clip_rule: "vote", each frame votes for its most
    probable class (the smaller index of equals), equal votes are parted by the mean probability; or "mean",
    the mean probability. video_rule: "vote", each clip votes for its class, equal votes are parted by the
    mean probability over the last frames of all clips; or "mean", the mean over clips of what `clip_rule`
    counts: a clip's share of votes, equal ones parted likewise, or its mean probability.
    The decision is `np.argmax`. Raises ValueError for what are not probabilities of T >= L2 >= 1 frames, and
    for another rule.
    """
    _check(clips, last, clip_rule, video_rule)
    tails = clips[:, clips.shape[1] - last :]
    if video_rule == "mean":  # all clips have equally many frames: the mean over clips is that over frames
        return _score(tails.reshape(-1, clips.shape[2]), clip_rule)
    decided = np.array([np.argmax(_score(tail, clip_rule)) for tail in tails])
    return _voted(decided, _mean(tails))


def _score(p: NDArray[np.floating], rule: str) -> NDArray[np.float64]:
    return _mean(p) if rule == "mean" else _voted(np.argmax(p, axis=1), _mean(p))


def _voted(classes: NDArray[np.integer], p: NDArray[np.float64]) -> NDArray[np.float64]:
    votes = np.bincount(classes, minlength=len(p))
    return (votes + p / 2) / (len(classes) + 0.5)


def _mean(p: NDArray[np.floating]) -> NDArray[np.float64]:
    """Over all axes but the last."""
    return np.asarray(p, np.float64).reshape(-1, p.shape[-1]).mean(axis=0)


def _check(p: NDArray[np.floating], last: int, *rules: str) -> None:
    if p.ndim != 3 or p.size == 0 or not 1 <= last <= p.shape[1]:
        raise ValueError(f"probabilities {p.shape}, the last {last} frames; wanted [N, T, K], T >= last >= 1")
    if not (p >= 0).all() or not np.allclose(p.sum(axis=-1, dtype=np.float64), 1, rtol=0, atol=1e-3):
        raise ValueError("a frame's scores are negative, NaN or do not sum to 1; wanted probabilities")
    wrong = set(rules) - {"vote", "mean"}
    if wrong:
        raise ValueError(f"rule {wrong.pop()!r}; wanted 'vote' or 'mean'")

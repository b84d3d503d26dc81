"""From many predictions to one: the mean over the frames seen so far, and over the clips of a video."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def cumulative_mean(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """(1/t) sum over s = 1..t of p_s for every t: [V, T, K] -> float64 [V, T, K]. Paper 2 section 4.4."""
    if scores.ndim != 3:
        raise ValueError(f"scores have shape {scores.shape}; wanted [V, T, K]")
    frames_seen = np.arange(1, scores.shape[1] + 1)[None, :, None]
    return np.cumsum(scores, axis=1, dtype=np.float64) / frames_seen


def clip_to_video(
    scores: NDArray[np.floating], video_ids: Sequence[str]
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The mean score of each video over its clips.

    scores: [N, K]. video_ids: for every clip, the video it was cut from. Returns the V names in the order of
    their first clip, and float64 [V, K]. Raises ValueError when the two do not fit or there is no clip.
    """
    if scores.ndim != 2 or len(scores) != len(video_ids) or not len(scores):
        raise ValueError(
            f"scores {scores.shape} of {len(video_ids)} named clips; wanted [N, K], N at least 1"
        )
    number = {name: i for i, name in enumerate(dict.fromkeys(video_ids))}
    video = np.array([number[name] for name in video_ids])
    total = np.zeros((len(number), scores.shape[1]))
    np.add.at(total, video, scores)
    return tuple(number), total / np.bincount(video)[:, None]

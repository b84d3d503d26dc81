"""What attention says of the frames of a video, and how well it finds those in which the action happens.

The paper shows frames with high and low weights (Figs. 2, 3) and prints no number; the average precision is
ours: how much of the action comes first when frames are sorted by their weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.average_precision import average_precision

CENTRE_WIDTH = 0.25  # deviation of the centre-weighted baseline, in lengths of the video


def frame_weights(
    weights: NDArray[np.floating], frames: NDArray[np.integer], length: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The frames that any window attends to, int64 [m] increasing, and how much, float64 [m].

    weights: w_i of windows, [n, T], sums 1. frames: which frames of the video these are, int [n, T]. length:
    its frames. A frame's weight is the mean over the windows that show it, in units of uniform attention
    (1 / T): a model without preference gives 1 everywhere, however often a frame is read. Raises ValueError
    for other shapes and for frames outside the video.
    """
    if weights.ndim != 2 or weights.shape != frames.shape or not weights.size:
        raise ValueError(f"weights {weights.shape}, frames {frames.shape}; wanted equal [n, T], n > 0")
    if frames.min() < 0 or frames.max() >= length:
        raise ValueError(f"frames {frames.min()} to {frames.max()} of a video of {length}")
    attended, place, times = np.unique(frames, return_inverse=True, return_counts=True)
    total = np.bincount(place.ravel(), weights.ravel().astype(np.float64))
    return attended.astype(np.int64), total / times * weights.shape[1]


def action_average_precision(
    frames: NDArray[np.integer], weight: NDArray[np.floating], interval: tuple[int, int]
) -> float:
    """The average precision of weights [m] as a detector of the frames [m] inside the action's interval.

    interval: its first frame and one past its last. Raises ValueError where all frames, or none, are inside:
    there is nothing to find.
    """
    inside = (frames >= interval[0]) & (frames < interval[1])
    if inside.all() or not inside.any():
        raise ValueError(f"{inside.sum()} of {len(inside)} frames lie in {interval}; wanted some and not all")
    return average_precision(inside, weight)


class Detection(NamedTuple):
    """Average precision per video, float64 [V], of attention and of two ways to highlight without looking."""

    video_ids: tuple[str, ...]
    attention: NDArray[np.float64]
    uniform: NDArray[np.float64]
    centre: NDArray[np.float64]


def detection(
    attention: Mapping[str, tuple[NDArray[np.int64], NDArray[np.floating]]],
    intervals: Mapping[str, tuple[int, int]],
    lengths: Mapping[str, int],
) -> Detection:
    """`action_average_precision` of every video that has frames inside and outside the action's interval.

    uniform: all weights equal, which gives the share of frames inside. centre: a bell around the middle frame
    with a deviation of a quarter of the video. Raises ValueError where no such video is left.
    """
    by_video: dict[str, tuple[float, float, float]] = {}
    for video_id, (frames, weight) in attention.items():
        first, stop = intervals[video_id]
        inside = (frames >= first) & (frames < stop)
        if inside.all() or not inside.any():
            continue
        middle, spread = (lengths[video_id] - 1) / 2, CENTRE_WIDTH * lengths[video_id]
        bell = np.exp(-(((frames - middle) / spread) ** 2) / 2)
        interval = (first, stop)
        by_video[video_id] = (
            action_average_precision(frames, weight, interval),
            float(inside.mean()),
            action_average_precision(frames, bell, interval),
        )
    if not by_video:
        raise ValueError("no video has frames both inside and outside the action")
    return Detection(tuple(by_video), *np.array(list(by_video.values())).T)


def every_frame(
    frames: NDArray[np.integer], weight: NDArray[np.floating], length: int
) -> NDArray[np.float64]:
    """Weights of attended frames as a curve over all `length` frames of the video, float64 [length].

    frames: int [m], increasing. weight: float [m]. Linear between attended frames; before the first and after
    the last as there. Raises ValueError for other shapes, no frame, and frames out of order or the video.
    """
    if frames.ndim != 1 or frames.shape != weight.shape or not len(frames):
        raise ValueError(f"frames {frames.shape}, weights {weight.shape}; wanted equal [m], m > 0")
    if frames[0] < 0 or frames[-1] >= length or (np.diff(frames) <= 0).any():
        raise ValueError(f"frames {frames.tolist()} of {length}; wanted them increasing, in the video")
    return np.interp(np.arange(length), frames, weight)


class Moment(NamedTuple):
    """Frames start <= t < stop of a video, and what they are worth."""

    start: int
    stop: int
    worth: float


def moments(curve: NDArray[np.floating], length: int, count: int) -> tuple[Moment, ...]:
    """The best parts of a video: at most `count` of `length` frames, none overlapping, the best one first.

    curve: what each frame is worth, float [n]. Greedy: the part with the highest mean, the earlier of equals,
    then the best of those that do not touch it. A video shorter than a part is one part. Raises ValueError
    for no frames, senseless sizes, and values that are not finite.
    """
    frames = len(curve)
    if min(frames, length, count) < 1 or curve.ndim != 1 or not np.isfinite(curve).all():
        raise ValueError(f"a curve {curve.shape}, parts of {length}, {count}; wanted finite [n], 1 or more")
    length = min(length, frames)
    sums = np.concatenate([[0.0], np.cumsum(curve, dtype=np.float64)])
    worth = (sums[length:] - sums[:-length]) / length
    free = np.ones(len(worth), bool)
    moments: list[Moment] = []
    while len(moments) < count and free.any():
        start = int(np.argmax(np.where(free, worth, -np.inf)))
        moments.append(Moment(start, start + length, float(worth[start])))
        free[max(0, start - length + 1) : start + length] = False
    return tuple(moments)

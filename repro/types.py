"""The nouns that travel between the rooms, and the letters used in every shape.

Shape letters: B batch, V videos, N clips, T time, H W frame height and width, h w feature-map height and
width, C channels, D feature width, K classes. Unit suffixes: `_s` seconds, `_frames`, `_px`, `_fps`.
Previous step: `_prev`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]  # [T, H, W, 3], RGB


class InputError(ValueError):
    """Wrong input from the user: one line that says what is wrong, where, and what to do.

    The command line prints it without a traceback and exits with status 2.
    """


@dataclass(frozen=True, slots=True)
class Segment:
    """The frames `start_frames <= t < stop_frames` of a video, counted from 0 in decoder order."""

    start_frames: int
    stop_frames: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_frames < self.stop_frames:
            raise ValueError(f"segment [{self.start_frames}, {self.stop_frames}) is empty or negative")


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """The part of a video from `start_s` to `stop_s`, in seconds: what an annotation without frames says."""

    start_s: float
    stop_s: float

    def __post_init__(self) -> None:
        if not 0 <= self.start_s < self.stop_s < math.inf:
            raise ValueError(
                f"time span [{self.start_s} s, {self.stop_s} s) is empty, negative or not finite"
            )


@dataclass(frozen=True)
class Tube:
    """One actor's boxes over the frames of a video; annotated tubes may skip frames.

    frames: int64 [n], strictly increasing, counted from 0 in decoder order. boxes: float64 [n, 4], left,
    top, right, bottom in pixels of the stored frame; half-open: the area is (right - left) * (bottom - top).
    """

    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]

    def __post_init__(self) -> None:
        count = len(self.frames)
        if self.frames.shape != (count,) or self.boxes.shape != (count, 4) or count == 0:
            raise ValueError(
                f"frames {self.frames.shape}, boxes {self.boxes.shape}; wanted [n], [n, 4], n > 0"
            )
        if self.frames[0] < 0 or (np.diff(self.frames) <= 0).any():
            raise ValueError("the frames of a tube are negative or do not increase")
        if not np.isfinite(self.boxes).all() or (self.boxes[:, 2:] < self.boxes[:, :2]).any():
            raise ValueError("a box of a tube is not finite, or ends before it starts")


@dataclass(frozen=True, slots=True)
class VideoRef:
    """One sample of a data set: which file (and which part of it), its class and its source group.

    `video_id` is unique in the data set (`Class/clip` without suffix) and follows the sample through
    features, scores and results; nothing is ever matched by position. `group` names the source that
    clips share, unique over the classes (UCF101's `Class/gNN`, JHMDB's source video, UT-Interaction's
    sequence): a split must never divide a group. `others` are further classes of a sample that has several
    (Hollywood2). `span` is its part of the file in seconds (ActivityNet), until the frame rate of the file is
    known and `segment` takes its place. `content` is the SHA-256 of the file, once it was counted.
    """

    video_id: str
    path: Path
    label: int
    group: str
    segment: Segment | None = None
    others: tuple[int, ...] = ()
    span: TimeSpan | None = None
    content: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """A train/test division of a data set; `classes[label]` is the name of a class."""

    dataset: str
    name: str
    classes: tuple[str, ...]
    train: tuple[VideoRef, ...]
    test: tuple[VideoRef, ...]


@dataclass(frozen=True)
class Scores:
    """Class probabilities of every test video at every frame: what a score file holds.

    video_ids: V names. labels: int64 [V]. lengths_frames: int64 [V], the clip's true length L.
    observed_frames: int64 [V], how many frames were scored, T_i = min(T, L).
    scores: float32 [V, T, K]; rows t >= T_i are zero and mean nothing. positive: bool [V, K], all classes of
    each video where videos may have several; None where `labels` says all.
    """

    video_ids: tuple[str, ...]
    labels: NDArray[np.int64]
    lengths_frames: NDArray[np.int64]
    observed_frames: NDArray[np.int64]
    scores: NDArray[np.float32]
    positive: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        videos = len(self.video_ids)
        shapes = {self.labels.shape, self.lengths_frames.shape, self.observed_frames.shape}
        if shapes != {(videos,)} or self.scores.ndim != 3 or self.scores.shape[0] != videos:
            raise ValueError(f"{videos} videos, but arrays of shapes {shapes} and {self.scores.shape}")
        if len(set(self.video_ids)) != videos:
            raise ValueError("a video_id appears twice")
        if self.positive is not None and self.positive.shape != (videos, self.scores.shape[2]):
            raise ValueError(f"positive {self.positive.shape}; wanted [{videos}, {self.scores.shape[2]}]")


class TubeComparison(NamedTuple):
    """The tubes of test videos to be compared with the true ones, by video_id.

    tubes: one a video. scores: its confidence for each class, float [K]. truth: (label, tube) of every actor.
    """

    tubes: Mapping[str, Tube]
    scores: Mapping[str, NDArray[np.floating]]
    truth: Mapping[str, Sequence[tuple[int, Tube]]]


class Highlights(NamedTuple):
    """Where the attention of a model lay in test videos, beside where the action was, by video_id.

    attention: (frames int64 [m], weights float [m], 1 as large as uniform attention). intervals: first frame
    of the action and one past its last. lengths_frames: of the videos.
    """

    attention: Mapping[str, tuple[NDArray[np.int64], NDArray[np.floating]]]
    intervals: Mapping[str, tuple[int, int]]
    lengths_frames: Mapping[str, int]


@dataclass(frozen=True)
class Protocol:
    """Over which splits a result is printed.

    splits: those whose mean it is; empty where nothing is printed, then the mean is over what was run. sets:
    folds whose test videos are counted together, by name; the result is the mean of the sets. note: what the
    paper leaves open. only: the row belongs to these splits and runs on no other.
    """

    splits: tuple[str, ...] = ("1",)
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: str = ""
    only: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """One result: how to compute it and what the paper says it should be.

    id: `table4/context+action-mslstm/latest`; `overrides` are recipe fields of the model this row evaluates;
    `metric` names a function of the score file and `metric_options` its settings. dataset and protocol are
    None where the result belongs to no data set (a speed). on_request: runs only when it is named.
    """

    paper: int
    id: str
    table: str
    row: str
    dataset: str | None
    protocol: Protocol | None = field(default_factory=Protocol)
    metric: str = "accuracy"
    printed: float | None = None
    unit: str = "percent"
    overrides: Mapping[str, Any] = field(default_factory=dict)
    metric_options: Mapping[str, Any] = field(default_factory=dict)
    on_request: bool = False

    @property
    def models(self) -> tuple[Mapping[str, Any], ...]:
        """The overrides of every model that the row needs, its own first; none of a row of others alone."""
        options = self.metric_options
        own = () if options.get("alone") else (self.overrides,)
        over = (options["over_model"],) if "over_model" in options else ()
        return (*own, *over, *options.get("combined", ()), *options.get("product_with", ()))

    @property
    def is_regression(self) -> bool:
        """Whether it is of logistic regression on features alone."""
        return bool(self.metric_options.get("alone")) and not self.is_outside

    @property
    def is_outside(self) -> bool:
        """Whether it is of other methods' scores alone, which are given to a run."""
        return bool(self.metric_options.get("alone")) and "outside" in self.metric_options

    @property
    def needs_annotation(self) -> bool:
        """Whether it is measured against boxes or intervals, which own data lacks."""
        return self.needs_boxes or self.metric == "highlighting"

    @property
    def needs_boxes(self) -> bool:
        """Whether it is measured against the actors' boxes."""
        return self.metric in ("recall", "tube_map", "inside")

    def runs_on(self, split: str) -> bool:
        """Whether the row is measured on a split at all."""
        return self.protocol is None or not self.protocol.only or split in self.protocol.splits


@dataclass(frozen=True)
class Reported:
    """Another's result as a paper reports it, in percent: printed beside ours, never run.

    name: which of several values of a method (`earliest`), else empty.
    """

    table: str
    method: str
    dataset: str
    name: str
    printed: float

    @property
    def key(self) -> str:
        """`1/Ranking Loss [21]/earliest`: its name among those of one data set."""
        return "/".join(part for part in (self.table, self.method, self.name) if part)

"""What a run predicts of a video file, the same for all papers; `json_form` is how it is stored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.certainty import UNCERTAIN, Certainty
from repro.evaluation.highlighting import Moment
from repro.video import decode

USUAL_FPS = 25.0  # of a file that does not say its own


class Window(NamedTuple):
    """Frames start <= t < stop of a video, and the class they are given."""

    start: int
    stop: int
    label: int


class FirstSure(NamedTuple):
    """The first frame whose mean so far is sure, the seconds at which it appears, and its class."""

    frame: int
    seconds: float
    label: int


class Highlights(NamedTuple):
    """The best parts of a video of n frames.

    curve: float64 [n], what each frame is worth. moments: the best first. frames: int64 [m], those that
    attention compared. attention: float64 [m], 1 is as much as uniform.
    """

    curve: NDArray[np.float64]
    moments: tuple[Moment, ...]
    frames: NDArray[np.int64]
    attention: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class VideoPrediction:
    """What a run predicts of a video of n frames and K classes.

    path, info: the file. scores: float [K], of the video, by `rule`, which is in words. What a model does not
    have is None or empty: probabilities: float32 [n, K], of each frame. averaged: float32 [n, K], their mean
    over the window so far. windows: in order; they may overlap. attention: float32 [n, h, w], each map sums
    to 1. boxes: float64 [n, 4], left, top, right, bottom in pixels, half-open. certainty: which of them are
    sure, and the first of the means over a window that is. source: the name of what is no file. timing: as in
    the JSON file.
    """

    path: Path
    info: decode.VideoInfo
    classes: tuple[str, ...]
    scores: NDArray[np.floating]
    rule: str
    probabilities: NDArray[np.float32] | None = None
    averaged: NDArray[np.float32] | None = None
    windows: tuple[Window, ...] = ()
    attention: NDArray[np.float32] | None = None
    boxes: NDArray[np.float64] | None = None
    highlights: Highlights | None = None
    certainty: Certainty | None = None
    first_sure: FirstSure | None = None
    source: str = ""
    timing: Mapping[str, float] = field(default_factory=dict)

    @property
    def label(self) -> int:
        """The class with the highest score, the lower index on a tie."""
        return int(np.argmax(self.scores))

    @property
    def label_name(self) -> str:
        """Its name."""
        return self.classes[self.label]

    @property
    def answer(self) -> str:
        """Its name, or `uncertain` where the run can tell and it is not sure enough."""
        return self.named(self.scores)

    @property
    def confidence(self) -> float:
        """Of that class: its score, tempered where the run can tell what is sure, 0..1."""
        return self.confidence_in(self.scores)

    def named(self, scores: NDArray[np.floating]) -> str:
        """The answer to any scores [K]: the highest one's class, or `uncertain`."""
        sure = self.certainty is None or bool(self.certainty.sure(scores))
        return self.classes[int(np.argmax(scores))] if sure else UNCERTAIN

    def confidence_in(self, scores: NDArray[np.floating]) -> float:
        """The highest of any scores [K], tempered where the run can tell what is sure, 0..1."""
        certainty = self.certainty
        return float((scores if certainty is None else certainty.tempered(scores)).max())

    def top(self, count: int) -> list[tuple[str, float]]:
        """The best classes, the best first (of equals the lower index), with their confidence, 0..1."""
        confidences = self.mean if self.certainty is None else self.certainty.tempered(self.scores)
        best = np.argsort(-np.asarray(self.scores), kind="stable")[:count]
        return [(self.classes[k], float(confidences[k])) for k in best]

    @property
    def mean(self) -> NDArray[np.floating]:
        """The mean probabilities of all frames, float [K]; the scores where frames have none."""
        return (
            self.scores if self.probabilities is None else self.probabilities.mean(axis=0, dtype=np.float64)
        )

    @property
    def fps(self) -> float:
        """The file's, or the usual one where the file does not say."""
        return stated_fps(self.info) or USUAL_FPS


def stated_fps(info: decode.VideoInfo) -> float | None:
    """The frame rate of a file that says one."""
    return info.fps if 0 < info.fps < math.inf else None


def first_sure(
    averaged: NDArray[np.floating], info: decode.VideoInfo, certainty: Certainty | None
) -> FirstSure | None:
    """Of means [n, K] over the frames so far; None where none is sure, or nothing tells."""
    sure = np.zeros(len(averaged), bool) if certainty is None else certainty.sure(averaged)
    if not sure.any():
        return None
    frame = int(sure.argmax())
    seconds = frame / (stated_fps(info) or USUAL_FPS) if info.shown_s is None else info.shown_s[frame]
    return FirstSure(frame, float(seconds), int(averaged[frame].argmax()))

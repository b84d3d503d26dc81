"""What a run predicts of a video file, the same for all papers, and the one JSON form that it is stored in.

| key | content |
|---|---|
| `version` | of this form: 2 |
| `video`, `frames`, `fps`, `height_px`, `width_px`, `decoder` | the file; `fps` null where it does not say |
| `model` | the run: `run`, `dataset`, `split`, `seed`, `model` |
| `classes`, `best`, `label` | all names; the name of the highest score; the same, or uncertain |
| `scores`, `rule` | [K] by the paper's rule for videos, and that rule in words |
| `mean` | [K], the mean probabilities of the frames |
| `certainty` | uncertain is a highest score whose `confidence` is below `threshold` (null: all): scores |
| | to the power of 1 / `temperature`, divided by their sum; `precision`, asked of the sure ones, and |
| | `coverage`, their share, both of the `parts` of held-out `videos` |
| `confidence` | of the video's highest score |
| `windows` | parts of the video with a label of their own: `start`, `stop` (frames, half-open), `label` |
| `by_frame` | of each frame: `frame`, `label`, `probabilities` [K]; `averaged` [K], their mean over the |
| | window so far, and then `label` is its highest or uncertain, with its `confidence`; `box`: left, |
| | top, right, bottom in pixels, half-open |
| `moments` | the best parts, the best first: `start_s`, `stop_s`, `worth` |
| `attention` | `frames`, `weights`: of single frames; 1 is as much as uniform attention |
| `files` | names of the pictures and videos beside the JSON file |
| `timing` | `ms_per_frame_mean`, `ms_per_frame_p95`, without decoding |

From `certainty` on a key is there where the run has it; what has no `certainty` is never uncertain.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.certainty import UNCERTAIN, Certainty
from repro.evaluation.highlighting import Moment
from repro.video import decode

VERSION = 2
DECIMALS = 6  # of probabilities in the JSON file; float32 carries seven digits
USUAL_FPS = 25.0  # of a file that does not say its own


class Window(NamedTuple):
    """Frames start <= t < stop of a video, and the class they are given."""

    start: int
    stop: int
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
    sure. timing: as in the JSON file.
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


def as_json(
    prediction: VideoPrediction, model: Mapping[str, Any], files: Sequence[str] = ()
) -> dict[str, Any]:
    """The content of the JSON file, see the table above. model: the run. files: beside it, by name."""
    info, classes = prediction.info, prediction.classes
    return {
        "version": VERSION,
        "video": str(prediction.path),
        "frames": info.frames,
        "fps": stated_fps(info),
        "height_px": info.height_px,
        "width_px": info.width_px,
        "decoder": decode.VERSION,
        "model": dict(model),
        "classes": list(classes),
        "best": prediction.label_name,
        "label": prediction.answer,
        "scores": rounded(prediction.scores),
        "mean": rounded(prediction.mean),
        "rule": prediction.rule,
        **_certainty(prediction),
        "windows": [
            {"start": window.start, "stop": window.stop, "label": _of_window(prediction, window)}
            for window in prediction.windows
        ],
        **_by_frame(prediction),
        **_highlights(prediction),
        "files": list(files),
        "timing": dict(prediction.timing),
    }


def _certainty(prediction: VideoPrediction) -> dict[str, Any]:
    if prediction.certainty is None:
        return {}
    return {
        "certainty": prediction.certainty.facts(),
        "confidence": round(prediction.confidence, DECIMALS),
    }


def _of_window(prediction: VideoPrediction, window: Window) -> str:
    """A window's class, or `uncertain` where the mean at its last frame is."""
    if prediction.averaged is None:
        return prediction.classes[window.label]
    return prediction.named(prediction.averaged[window.stop - 1])


def _by_frame(prediction: VideoPrediction) -> dict[str, Any]:
    if prediction.probabilities is None:
        return {}
    decisive = prediction.probabilities if prediction.averaged is None else prediction.averaged
    entries: list[dict[str, Any]] = [
        {"frame": t, "label": prediction.named(decisive[t]), "probabilities": rounded(each)}
        for t, each in enumerate(prediction.probabilities)
    ]
    for t, entry in enumerate(entries):
        if prediction.averaged is not None:
            entry["averaged"] = rounded(prediction.averaged[t])
        if prediction.certainty is not None:
            entry["confidence"] = round(prediction.confidence_in(decisive[t]), DECIMALS)
        if prediction.boxes is not None:
            entry["box"] = [round(float(edge), 2) for edge in prediction.boxes[t]]
    return {"by_frame": entries}


def _highlights(prediction: VideoPrediction) -> dict[str, Any]:
    if prediction.highlights is None:
        return {}
    _, moments, frames, attention = prediction.highlights
    return {
        "moments": [
            {
                "start_s": round(moment.start / prediction.fps, 3),
                "stop_s": round(moment.stop / prediction.fps, 3),
                "worth": round(moment.worth, DECIMALS),
            }
            for moment in moments
        ],
        "attention": {"frames": frames.tolist(), "weights": rounded(attention)},
    }


def rounded(values: NDArray[np.floating]) -> list[float]:
    """As a JSON file holds them."""
    return [round(float(value), DECIMALS) for value in values]

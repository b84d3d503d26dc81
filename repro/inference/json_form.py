"""The one JSON form in which a prediction is stored, whichever paper's it is.

| key | content |
|---|---|
| `version` | of this form: 2 |
| `video`, `frames`, `fps`, `height_px`, `width_px`, `decoder` | the file; `fps` null where it does not say |
| `model` | the run: `run`, `dataset`, `split`, `seed`, `model` |
| `classes`, `best`, `label` | all names; the name of the highest score; the same, or uncertain |
| `scores`, `rule` | [K] by the paper's rule for videos, and that rule in words |
| `top3` | the three best, the best first: each its `class` and its `confidence` |
| `mean` | [K], the mean probabilities of the frames |
| `certainty` | uncertain is a highest score whose `confidence` is below `threshold` (null: all): scores |
| | to the power of 1 / `temperature`, divided by their sum; `precision`, asked of the sure ones, and |
| | `coverage`, their share, both of the `parts` of held-out `videos` |
| `confidence` | of the video's highest score |
| `first_sure` | when the mean so far was first sure: `at_frame`, `at_s`, `as_class`; null if never |
| `windows` | parts of the video with a label of their own: `start`, `stop` (frames, half-open), `label` |
| `by_frame` | of each frame: `frame`, `label`, `probabilities` [K]; `averaged` [K], their mean over the |
| | window so far, and then `label` is its highest or uncertain, with its `confidence`; `box`: left, |
| | top, right, bottom in pixels, half-open |
| `moments` | the best parts, the best first: `start_s`, `stop_s`, `worth` |
| `attention` | `frames`, `weights`: of single frames; 1 is as much as uniform attention |
| `files` | names of the pictures and videos beside the JSON file |
| `timing` | `ms_per_frame_mean`, `ms_per_frame_p95`, without decoding; of several files `streams`, how many |
| | at a time had their frames in one call, whose time includes the wait for each other |

From `certainty` on a key is there where the run has it; what has no `certainty` is never uncertain, and its
`confidence` is the mean. Of a camera or an address `video` is its name, `fps` what arrived, and a CSV has
what would stand in `by_frame`: see `live`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.inference.prediction import VideoPrediction, Window, stated_fps
from repro.video import decode

VERSION = 2
DECIMALS = 6  # of probabilities in the JSON file; float32 carries seven digits


def as_json(
    prediction: VideoPrediction, model: Mapping[str, Any], files: Sequence[str] = ()
) -> dict[str, Any]:
    """The content of the JSON file, see the table above. model: the run. files: beside it, by name."""
    frames = list(by_frame(prediction))
    return {**without_frames(prediction, model, files), **({"by_frame": frames} if frames else {})}


def without_frames(
    prediction: VideoPrediction, model: Mapping[str, Any], files: Sequence[str] = ()
) -> dict[str, Any]:
    """The same but for `by_frame`, which a long video has too much of to be held."""
    info, classes = prediction.info, prediction.classes
    return {
        "version": VERSION,
        "video": prediction.source or str(prediction.path),
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
        "top3": [{"class": name, "confidence": round(value, DECIMALS)} for name, value in prediction.top(3)],
        **_certainty(prediction),
        "windows": [
            {"start": window.start, "stop": window.stop, "label": _of_window(prediction, window)}
            for window in prediction.windows
        ],
        **_highlights(prediction),
        "files": list(files),
        "timing": dict(prediction.timing),
    }


def video_of(file: Path) -> str | None:
    """The `video` of a stored prediction; None for a file that is none."""
    with suppress(OSError, ValueError):
        content = json.loads(file.read_text(encoding="utf-8"))
        return str(content["video"]) if isinstance(content, dict) and "video" in content else None
    return None


def _certainty(prediction: VideoPrediction) -> dict[str, Any]:
    if prediction.certainty is None:
        return {}
    return {
        "certainty": prediction.certainty.facts(),
        "confidence": round(prediction.confidence, DECIMALS),
        "first_sure": _first_sure(prediction),
    }


def _first_sure(prediction: VideoPrediction) -> dict[str, Any] | None:
    if prediction.first_sure is None:
        return None
    frame, seconds, label = prediction.first_sure
    return {"at_frame": frame, "at_s": round(seconds, 3), "as_class": prediction.classes[label]}


def _of_window(prediction: VideoPrediction, window: Window) -> str:
    """A window's class, or `uncertain` where the mean at its last frame is."""
    if prediction.averaged is None:
        return prediction.classes[window.label]
    return prediction.named(prediction.averaged[window.stop - 1])


def by_frame(prediction: VideoPrediction) -> Iterator[dict[str, Any]]:
    """The entries of `by_frame`, one after the other; none where frames have no probabilities."""
    if prediction.probabilities is None:
        return
    decisive = prediction.probabilities if prediction.averaged is None else prediction.averaged
    for t, each in enumerate(prediction.probabilities):
        entry = {"frame": t, "label": prediction.named(decisive[t]), "probabilities": rounded(each)}
        if prediction.averaged is not None:
            entry["averaged"] = rounded(prediction.averaged[t])
        if prediction.certainty is not None:
            entry["confidence"] = round(prediction.confidence_in(decisive[t]), DECIMALS)
        if prediction.boxes is not None:
            entry["box"] = [round(float(edge), 2) for edge in prediction.boxes[t]]
        yield entry


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

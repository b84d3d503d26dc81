"""What the app shows of a prediction, as files."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from repro.inference.prediction import VideoPrediction
from repro.inference.predictor import Predictor
from repro.report import plots
from repro.report.figure import evenly_chosen
from repro.video import decode

FRAMES = 6  # of the attention


class Views(NamedTuple):
    """Files that a browser shows, as paths; None for what the model has not."""

    overlay: str | None
    course: str | None
    attention: str | None


def views(prediction: VideoPrediction, predictor: Predictor, folder: Path) -> Views:
    """The overlay video that was rendered into `folder`, the course of the probabilities or what the frames
    are worth, and where the model looks in six frames. Raises BrokenVideo, OSError.
    """
    videos, pictures = (sorted(folder.glob(f"*{suffix}")) for suffix in (".webm", ".png"))
    course: Path | None = next(iter(pictures), None)  # paper 3 draws what each frame is worth
    if prediction.averaged is not None:
        course = folder / "course.png"
        _course(course, prediction)
    attention = folder / "attention.png"
    has_maps = _attention(attention, prediction, predictor)
    files = videos[0] if videos else None, course, attention if has_maps else None
    return Views(*(None if file is None else str(file) for file in files))


def _course(path: Path, prediction: VideoPrediction) -> None:
    averaged, certainty = prediction.averaged, prediction.certainty
    assert averaged is not None
    plots.probability_course(
        path,
        averaged if certainty is None else certainty.tempered(averaged),
        prediction.classes,
        fps=prediction.fps,
        title="mean over the frames so far",
        first_sure_s=prediction.first_sure and prediction.first_sure.seconds,
    )


def _attention(path: Path, prediction: VideoPrediction, predictor: Predictor) -> bool:
    """Whether the model has any."""
    numbers = evenly_chosen(prediction.info.frames, FRAMES)
    maps = predictor.attention(prediction, numbers)
    if maps is None:
        return False
    scores = prediction.probabilities
    scores = (
        np.repeat(prediction.scores[np.newaxis], len(numbers), axis=0) if scores is None else scores[numbers]
    )
    row = plots.AttentionRow([prediction.classes[k] for k in scores.argmax(axis=1)], scores.max(axis=1), maps)
    frames = decode.read_frames(prediction.path, numbers)
    plots.attention_grid(
        path,
        frames,
        {"": row},
        title="where it looks, and the class of that frame by itself",
        numbers=numbers,
    )
    return True

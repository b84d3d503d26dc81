"""A stream on frames that arrive, from a camera or an address: nothing of them is kept in memory."""

from __future__ import annotations

import csv
import os
import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.atomic import fitting, replacing, write_json
from repro.inference.json_form import DECIMALS, without_frames
from repro.inference.predict import distinct_names, is_taken, make_folder
from repro.inference.prediction import FirstSure, VideoPrediction
from repro.inference.predictor import Predictor
from repro.inference.stream import FramePrediction
from repro.inference.stream_predictor import StreamPredictor
from repro.types import InputError
from repro.video import live
from repro.video.decode import VideoInfo

Arriving = Generator[tuple[float, NDArray[np.uint8]]]  # seconds, frame uint8 [H, W, 3] RGB
Report = Callable[[float, VideoPrediction], None]
HEADING = ("frame", "seconds", "label", "confidence")  # of the table, then the classes


class _Timed(NamedTuple):
    """A prediction, the seconds at which its frame came, what the step took, and the frame's [H, W, 3]."""

    prediction: FramePrediction
    seconds: float
    step_ms: float
    shape: tuple[int, ...]


class LiveReports(NamedTuple):
    """What is called of a source: `began` with its name, `window` as by `predict_live`, `done` at its end."""

    began: Callable[[str], None]
    window: Report
    done: Callable[[VideoPrediction], None]


class Arrived(NamedTuple):
    """predictions: of the sources that sent frames. refused: a line for each of the others."""

    predictions: list[VideoPrediction]
    refused: list[str]


def predict_sources(
    sources: Sequence[str], predictor: Predictor, out: Path, model: Mapping[str, Any], reports: LiveReports
) -> Arrived:
    """Cameras and addresses one after the other: in folder `out` a JSON and a CSV of all frames for each.

    Those of an earlier time stay: the new ones have a number behind their names.
    model: where the networks came from, for the JSON. A predictor that reads whole clips refuses them all.
    """
    done = Arrived([], [])
    if not isinstance(predictor, StreamPredictor):
        done.refused.append("this run reads whole clips; a camera or an address needs one of papers 1, 2, 4")
        return done
    make_folder(out)
    public = [live.public(source) for source in sources]
    # Without dots, for a path has its suffix behind the last one: of 192.168.0.5/a 192.168.0 would be left
    stems = [Path(fitting(re.sub(r"[^\w-]+", "-", name), "")) for name in public]
    names = distinct_names(stems, lambda name, stem: is_taken(out / name, (".csv",)))
    for source, name, file in zip(sources, public, names, strict=True):
        reports.began(name)
        try:
            prediction = predict_live(
                live.frames(source), name, predictor, out / f"{file}.csv", reports.window
            )
        except InputError as error:
            done.refused.append(str(error))
            continue
        write_json(out / f"{file}.json", without_frames(prediction, model, [f"{file}.csv"]))
        reports.done(prediction)
        done.predictions.append(prediction)
    return done


def predict_live(
    arriving: Arriving, name: str, predictor: StreamPredictor, table: Path, report: Report
) -> VideoPrediction:
    """Predict every frame as it comes, until the frames end or the user interrupts: what came by then counts.

    name: of the source. table: a CSV with a line for each frame: `HEADING`, then the mean probability of each
    class over the window so far. report: called at the end of each window with the seconds and what is
    predicted of it. Returns what is predicted of all frames. Raises InputError where no frame comes, OSError
    where the disk refuses, KeyboardInterrupt before the first prediction.
    """
    so_far, last = _blank(name, predictor), None
    total = np.zeros(len(predictor.classes))
    spent_ms = 0.0
    with closing(arriving), replacing(table) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*HEADING, *predictor.classes])
        try:
            for each in _predicted(arriving, predictor):
                if last is not None and last.prediction.window != each.prediction.window:
                    report(last.seconds, _of_window(so_far, last))
                writer.writerow(_row(so_far, each))
                total += each.prediction.probabilities
                spent_ms += each.step_ms
                so_far, last = _with(so_far, each), each
        except KeyboardInterrupt:
            if last is None:
                raise
        file.flush()
        os.fsync(file.fileno())
    assert last is not None  # else `arriving` has raised
    report(last.seconds, _of_window(so_far, last))
    frames = last.prediction.frame + 1
    fps = (frames - 1) / last.seconds if last.seconds > 0 else 0.0
    return replace(
        so_far,
        info=VideoInfo(frames, 0, last.shape[0], last.shape[1], fps),
        scores=(total / frames).astype(np.float32),
        timing={"ms_per_frame_mean": round(spent_ms / frames, 3)},
    )


def _predicted(arriving: Arriving, predictor: StreamPredictor) -> Iterator[_Timed]:
    """Each prediction once it is there; of a network that reads flow it is of the frame before."""
    stream, state = predictor.stream, predictor.warmed_up()
    came_s: dict[int, float] = {}  # of the frames that wait
    shape: tuple[int, ...] = ()
    for number, (seconds, frame) in enumerate(arriving):
        came_s[number] = seconds
        started = time.perf_counter()
        prediction, state = stream.step(frame, state)
        step_ms = 1000 * (time.perf_counter() - started)
        if prediction is not None:
            yield _Timed(prediction, came_s.pop(prediction.frame), step_ms, frame.shape)
        shape = frame.shape
    if left := stream.finish(state):
        yield _Timed(left, came_s.pop(left.frame), 0.0, shape)


def _blank(name: str, predictor: StreamPredictor) -> VideoPrediction:
    """What is known before the first frame."""
    return VideoPrediction(
        path=Path(name),
        source=name,
        info=VideoInfo(0, 0, 0, 0, 0.0),
        classes=predictor.classes,
        scores=np.zeros(len(predictor.classes), np.float32),
        rule=predictor.rule,
        certainty=predictor.certainty,
    )


def _row(so_far: VideoPrediction, each: _Timed) -> list[object]:
    averaged = each.prediction.averaged
    confidence = round(so_far.confidence_in(averaged), DECIMALS)
    values = (round(float(value), DECIMALS) for value in averaged)
    return [each.prediction.frame, round(each.seconds, 3), so_far.named(averaged), confidence, *values]


def _with(so_far: VideoPrediction, each: _Timed) -> VideoPrediction:
    """With the first frame that is sure."""
    averaged, certainty = each.prediction.averaged, so_far.certainty
    if so_far.first_sure is not None or certainty is None or not certainty.sure(averaged):
        return so_far
    return replace(so_far, first_sure=FirstSure(each.prediction.frame, each.seconds, each.prediction.label))


def _of_window(so_far: VideoPrediction, last: _Timed) -> VideoPrediction:
    """What is predicted of the window whose last frame this is."""
    return replace(so_far, scores=last.prediction.averaged)

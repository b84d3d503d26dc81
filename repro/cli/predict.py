"""`predict VIDEO ...`: a trained run applied to any video: a file, a folder of them, a camera, an address."""

from __future__ import annotations

import argparse
import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from repro.atomic import fitting, write_json, write_text
from repro.datasets.listing import is_folder, videos_below
from repro.experiment.exported import ExportedRun
from repro.inference.json_form import without_frames
from repro.inference.one_line import TOP, in_words
from repro.inference.options import PredictionOptions
from repro.inference.predict import distinct_names, make_folder, predict_videos
from repro.inference.prediction import VideoPrediction
from repro.papers import PAPERS, load_predictor, newest_run, shipped_run
from repro.paths import short_path
from repro.types import InputError
from repro.video import live

if TYPE_CHECKING:
    from repro.inference.predictor import Predictor

SHIPPED_ARGUMENT = Path("shipped")  # in place of a run folder
TABLE = "predictions.csv"  # a line for each video of a call


class Arrived(NamedTuple):
    """predictions: of what sent frames. refused: a line for each of the others."""

    predictions: list[VideoPrediction]
    refused: list[str]


class Asked(NamedTuple):
    """files: in the order of the words, those of a folder by name. arriving: cameras and addresses."""

    files: list[Path]
    arriving: list[str]


def run_predict(options: argparse.Namespace) -> int:
    """Predict each video; a broken one is reported, the others still run, and the status is 2."""
    asked = asked_for(options.videos)
    wanted = PredictionOptions(options.moments, options.seconds)
    run = run_asked(options.run_folder, options.highlight)
    predictor = load_predictor(run.folder, wanted)
    print(f"predicting with the run in {short_path(run.folder)} ({run.model})")
    model = {"run": str(run.folder), **run.origin(), "model": run.model}
    render = not options.no_overlay
    done = predict_videos(asked.files, predictor, options.out, model=model, render=render, report=_report)
    arrived = _predict_arriving(asked.arriving, predictor, options.out, model)
    predictions = [*done.predictions, *arrived.predictions]
    if predictions:
        write_text(options.out / TABLE, as_table(predictions))
        drawn = ", pictures and videos" if render and done.predictions else ""
        print(f"JSON{drawn} in {short_path(options.out)}, a line for each in {TABLE}")
    broken = [f"{video} could not be read: {reason}" for video, reason in done.broken]
    if broken or arrived.refused:
        raise InputError("; ".join([*broken, *arrived.refused]))
    return 0


def asked_for(words: Iterable[str]) -> Asked:
    """What the words name. InputError, before anything is loaded, for what is not there."""
    files, arriving, missing = [], [], []
    for word in words:
        path = Path(word)
        if is_folder(path):
            videos = list(videos_below(path))
            if not videos:
                raise InputError(f"no video in {word} or in a folder below it")
            files += videos
        elif path.exists():
            files.append(path)
        elif live.is_live(word):
            arriving.append(word)
        else:
            missing.append(word)
    if missing:
        raise InputError(f"no video at {', '.join(missing)}")
    return Asked(files, arriving)


def as_table(predictions: Iterable[VideoPrediction]) -> str:
    """A CSV with a line for each video: what it is called, the three best, when it was first sure."""
    best = [name for place in range(1, TOP + 1) for name in (f"class_{place}", f"confidence_{place}")]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["video", "label", *best, "first_sure_s"])
    for each in predictions:
        top = [value for name, share in each.top(TOP) for value in (name, f"{share:.4f}")]
        sure = "" if each.first_sure is None else f"{each.first_sure.seconds:.3f}"
        writer.writerow([each.source or each.path, each.answer, *top, *[""] * (len(best) - len(top)), sure])
    return text.getvalue()


def _predict_arriving(sources: list[str], predictor: Predictor, out: Path, model: dict[str, Any]) -> Arrived:
    """One after the other: a JSON file and a CSV of all frames each."""
    done = Arrived([], [])
    if not sources:
        return done
    from repro.inference.live import predict_live
    from repro.inference.stream_predictor import StreamPredictor

    if not isinstance(predictor, StreamPredictor):
        done.refused.append("this run reads whole clips; a camera or an address needs one of papers 1, 2, 4")
        return done
    make_folder(out)
    public = [live.public(source) for source in sources]
    names = distinct_names([Path(fitting(re.sub(r"[^\w.-]+", "-", name), "")) for name in public])
    for source, name, file in zip(sources, public, names, strict=True):
        print(f"{name}, until it ends or Ctrl-C:", flush=True)
        try:
            arriving = live.frames(source)
            prediction = predict_live(arriving, name, predictor, out / f"{file}.csv", _report_window)
        except InputError as error:
            done.refused.append(str(error))
            continue
        write_json(out / f"{file}.json", without_frames(prediction, model, [f"{file}.csv"]))
        _report(prediction)
        done.predictions.append(prediction)
    return done


def run_asked(folder: Path | None, highlight: bool = False) -> ExportedRun:
    """The run that was named, or the newest; with `highlight` it must be of a paper that highlights."""
    if folder == SHIPPED_ARGUMENT and not folder.exists():
        folder = shipped_run()
    run = ExportedRun.read(folder or newest_run(highlights=highlight))
    able = [paper for paper in PAPERS.values() if paper.highlights]
    if highlight and run.paper not in [paper.number for paper in able]:
        wanted = " or ".join(f"runs/{paper.name}" for paper in able)
        raise InputError(f"{run.folder} is a run of paper {run.paper}; name a folder in {wanted}")
    return run


def _report(prediction: VideoPrediction) -> None:
    moments = prediction.highlights and f", {len(prediction.highlights.moments)} moments"
    print(
        f"{prediction.source or short_path(prediction.path)}: {in_words(prediction)}{moments or ''}",
        flush=True,
    )


def _report_window(seconds: float, prediction: VideoPrediction) -> None:
    print(f"{seconds:8.1f} s  {in_words(prediction, first_sure=False)}", flush=True)

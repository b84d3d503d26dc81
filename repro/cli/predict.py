"""`predict VIDEO ...`: a trained run applied to any video: a file, a folder of them, a camera, an address."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from repro.atomic import write_text
from repro.cli.arguments import EMPTY
from repro.datasets.listing import is_folder, videos_below
from repro.experiment.exported import ExportedRun
from repro.inference.one_line import in_words
from repro.inference.options import PredictionOptions
from repro.inference.predict import predict_videos
from repro.inference.prediction import VideoPrediction
from repro.inference.predictor import Predictor
from repro.inference.table import TABLE, as_table, earlier_rows
from repro.papers import PAPERS, load_predictor, model_that_ships, newest_run
from repro.paths import seen_from_here, short_path
from repro.types import InputError
from repro.video import live
from repro.video.names import in_one_line

SHIPPED_ARGUMENT = Path("shipped")  # in place of a run folder
DRAWN = {".png": "pictures", ".webm": "videos"}  # a file's ending -> what it is


class Asked(NamedTuple):
    """files: in the order of the words, those of a folder by name. arriving: cameras and addresses."""

    files: list[Path]
    arriving: list[str]


def run_predict(options: argparse.Namespace) -> int:
    """Predict each video; a broken one is reported, the others still run, and the status is 2.

    However it ends, what was predicted by then is in the table.
    """
    asked = asked_for(options.videos)
    wanted = PredictionOptions(options.moments, options.seconds)
    run = run_asked(options.run_folder, options.highlight)
    earlier_rows(options.out / TABLE)  # a file that is in the way is told now, not after the work
    predictor = load_predictor(run.folder, wanted)
    print(f"predicting with the run in {_shown(run.folder)} ({run.model})")
    model = {"run": str(run.folder), **run.origin(), "model": run.model}
    predictions = list[VideoPrediction]()
    try:
        faults = _predict_all(asked, predictor, options, model, predictions)
    finally:
        _write_table(predictions, () if options.no_overlay else predictor.endings, options.out)
    if faults:
        raise InputError("; ".join(faults))
    return 0


def _predict_all(
    asked: Asked,
    predictor: Predictor,
    options: argparse.Namespace,
    model: dict[str, Any],
    predictions: list[VideoPrediction],
) -> list[str]:
    """Adds each prediction to `predictions` once it is stored; returns a line for each video without one."""

    def noted(prediction: VideoPrediction) -> None:
        predictions.append(prediction)
        _report(prediction)

    render = not options.no_overlay
    done = predict_videos(asked.files, predictor, options.out, model=model, render=render, report=noted)
    faults = [f"{video} could not be read: {reason}" for video, reason in done.broken]
    if asked.arriving:
        from repro.inference.live import LiveReports, predict_sources

        reports = LiveReports(_announce, _report_window, noted)
        faults += predict_sources(asked.arriving, predictor, options.out, model, reports).refused
    return faults


def _write_table(predictions: Sequence[VideoPrediction], endings: Sequence[str], out: Path) -> None:
    """A line for each, below those of other videos that the folder holds. endings: of what files have too."""
    if not predictions:
        return
    table = out / TABLE
    write_text(table, as_table(predictions, earlier_rows(table)))
    of_files = any(not prediction.source for prediction in predictions)
    drawn = [word for ending, word in DRAWN.items() if of_files and any(e.endswith(ending) for e in endings)]
    print(f"{' and '.join(['JSON', *drawn])} in {_shown(out)}, a line for each in {TABLE}")


def asked_for(words: Iterable[str]) -> Asked:
    """What the words name, a file that several of them name once.

    InputError, before anything is loaded, for what is not there.
    """
    files, arriving, missing = [], [], []
    for word in words:
        if not word:
            raise InputError(f"VIDEO: {EMPTY}")
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
    return Asked(_each_once(files), arriving)


def _each_once(files: Iterable[Path]) -> list[Path]:
    """Of those that mean the same path the first."""
    once: dict[str, Path] = {}
    for file in files:
        once.setdefault(seen_from_here(file), file)
    return list(once.values())


def run_asked(folder: Path | None, highlight: bool = False) -> ExportedRun:
    """The run that was named, or the newest; with `highlight` it must be of a paper that highlights.

    InputError for a folder that is no such run, and for `shipped` where no model ships.
    """
    if folder == SHIPPED_ARGUMENT and not folder.exists():
        folder = model_that_ships()
    run = ExportedRun.read(folder or newest_run(highlights=highlight))
    able = [paper for paper in PAPERS.values() if paper.highlights]
    if highlight and run.paper not in [paper.number for paper in able]:
        wanted = " or ".join(f"runs/{paper.name}" for paper in able)
        raise InputError(f"{run.folder} is a run of paper {run.paper}; name a folder in {wanted}")
    return run


def _report(prediction: VideoPrediction) -> None:
    moments = prediction.highlights and f", {len(prediction.highlights.moments)} moments"
    name = in_one_line(prediction.source) or _shown(prediction.path)
    print(f"{name}: {in_words(prediction)}{moments or ''}", flush=True)


def _shown(path: Path) -> str:
    return in_one_line(short_path(path))


def _announce(name: str) -> None:
    print(f"{in_one_line(name)}, until it ends or Ctrl-C:", flush=True)


def _report_window(seconds: float, prediction: VideoPrediction) -> None:
    print(f"{seconds:8.1f} s  {in_words(prediction, first_sure=False)}", flush=True)

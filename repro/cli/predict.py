"""`predict VIDEO ...`: a trained run applied to any video file."""

from __future__ import annotations

import argparse
from pathlib import Path

from repro.evaluation.certainty import UNCERTAIN
from repro.experiment.exported import ExportedRun
from repro.inference.options import PredictionOptions
from repro.inference.predict import predict_videos
from repro.inference.prediction import VideoPrediction
from repro.papers import PAPERS, load_predictor, newest_run, shipped_run
from repro.paths import short_path
from repro.types import InputError

SHIPPED_ARGUMENT = Path("shipped")  # in place of a run folder


def run_predict(options: argparse.Namespace) -> int:
    """Predict each video; a broken one is reported, the others still run, and the status is 2."""
    missing = [str(video) for video in options.videos if not video.exists()]
    if missing:
        raise InputError(f"no video at {', '.join(missing)}")
    wanted = PredictionOptions(options.moments, options.seconds)
    run = run_asked(options.run_folder, options.highlight)
    predictor = load_predictor(run.folder, wanted)
    print(f"predicting with the run in {short_path(run.folder)} ({run.model})")
    model = {"run": str(run.folder), **run.origin(), "model": run.model}
    render = not options.no_overlay
    done = predict_videos(options.videos, predictor, options.out, model=model, render=render, report=_report)
    if done.predictions:
        print(f"JSON{', pictures and videos' if render else ''} in {short_path(options.out)}")
    if done.broken:
        raise InputError("; ".join(f"{video} could not be read: {reason}" for video, reason in done.broken))
    return 0


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
    print(f"{short_path(prediction.path)}: {_in_words(prediction)}{moments or ''}", flush=True)


def _in_words(prediction: VideoPrediction) -> str:
    """`golf (81 %)`; where the run can tell that it is not sure enough, `uncertain (golf, 41 %)`."""
    best = prediction.label_name
    if prediction.certainty is None:
        return f"{best} ({100 * prediction.mean[prediction.label]:.0f} %)"
    sure = f"{100 * prediction.confidence:.0f} %"
    return f"{best} ({sure})" if prediction.answer == best else f"{UNCERTAIN} ({best}, {sure})"

"""`predict VIDEO ...`: a trained run applied to any video file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from repro.cli.registry import PAPERS
from repro.inference.predict import predict_videos
from repro.inference.stream import Anticipator
from repro.paths import default_places
from repro.report.overlays import overlay_frames
from repro.types import InputError


def run_predict(options: argparse.Namespace) -> int:
    """Label each video over time; a broken one is reported, the others still run, and the status is 2."""
    missing = [str(video) for video in options.videos if not video.exists()]
    if missing:
        raise InputError(f"no video at {', '.join(missing)}")
    folder = options.run_folder or newest_run()
    anticipator, described = load_anticipator(folder)
    print(f"predicting with the run in {folder}")
    model: dict[str, Any] = {"run": str(folder), **{k: described[k] for k in ("dataset", "split", "seed")}}
    done = predict_videos(options.videos, anticipator, options.out, overlay=overlay_frames, model=model)
    for result in done.results:
        print(f"{result['video']}: {result['label']} ({100 * max(result['mean']):.0f} %)")
    print(f"JSON and overlay videos in {options.out}")
    if done.broken:
        raise InputError("; ".join(f"{video} could not be read: {reason}" for video, reason in done.broken))
    return 0


def newest_run() -> Path:
    """The run folder that was finished last; InputError with the command that makes one if there is none."""
    runs = default_places().runs
    finished = sorted(runs.glob("paper*/*/model.json"), key=lambda path: path.stat().st_mtime)
    if not finished:
        raise InputError(
            f"no finished run in {runs}; train one with: bash run.sh paper2 demo, or name one with --run DIR"
        )
    return finished[-1].parent


def load_anticipator(folder: Path) -> tuple[Anticipator, dict[str, Any]]:
    """The trained networks of a run folder, ready for one frame after another, and what they are."""
    from repro.anticipation import pipeline

    return pipeline.load_anticipator(folder, {n: PAPERS[n].module("recipe").Recipe for n in (1, 2)})

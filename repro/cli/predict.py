"""`predict VIDEO ...`: a trained run applied to any video file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from repro.inference.stream import Anticipator
from repro.paths import default_places
from repro.types import InputError


def run_predict(options: argparse.Namespace) -> int:
    """Label each video over time; a broken one is reported and the others still run."""
    from repro.inference.predict import predict_videos
    from repro.report.overlays import overlay_frames

    for video in options.videos:
        if not video.exists():
            raise InputError(f"no video at {video}")
    folder = options.run_folder or newest_run()
    print(f"using the run in {folder}")
    return predict_videos(
        options.videos, load_anticipator(folder), options.out, overlay=overlay_frames, provenance={"run": str(folder)}
    )


def newest_run() -> Path:
    """The run folder that finished last; InputError with the command that makes one if there is none."""
    runs = default_places().runs
    finished = sorted(runs.glob("paper2/*/model.json"), key=lambda path: path.stat().st_mtime)
    if not finished:
        raise InputError(f"no finished run in {runs}; train one with: bash run.sh paper2 demo, or name one with --run DIR")
    return finished[-1].parent


def load_anticipator(folder: Path) -> Anticipator:
    """The trained networks of a run folder, ready for one frame after another."""
    from repro.paper2 import pipeline

    try:
        described = json.loads((folder / "model.json").read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"{folder} is not a finished run ({error}); name a folder in runs/paper2") from error
    return pipeline.load_anticipator(folder, described)

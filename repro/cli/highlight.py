"""`predict --highlight VIDEO ...`: the best moments of a video, cut into a short one, with a timeline."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from repro.atomic import together, write_text
from repro.evaluation.highlighting import Moment, moments
from repro.experiment.exported import ExportedRun
from repro.inference.predict import distinct_names, make_folder
from repro.paper3.highlighter import Highlighted, Highlighter, load_highlighter
from repro.paths import shown, weights_folder
from repro.report.plots import reel_timeline
from repro.report.reel import reel_frames
from repro.types import InputError
from repro.video import decode
from repro.video.encode import write_video

TOP = 5
DECIMALS = 5


def run_highlight(options: argparse.Namespace, folder: Path) -> int:
    """Highlight each video with a run of paper 3; a broken one is reported, the others still run."""
    if options.moments < 1 or not options.seconds > 0:
        raise InputError(f"{options.moments} moments of {options.seconds:g} s; wanted one or more, above 0 s")
    highlighter, run = load_highlighter(folder, weights_folder())
    print(f"highlighting with the run in {shown(folder)} ({run.model})")
    make_folder(options.out)
    broken = []
    for path, name in zip(options.videos, distinct_names(options.videos), strict=True):
        try:
            found = highlighter.watch(path)
        except decode.BrokenVideo as error:
            broken.append(f"{path} could not be read: {error.reason}")
            continue
        best = moments(found.curve, max(1, round(options.seconds * found.fps)), options.moments)
        _write(options.out, path, name, highlighter, found, best, run)
        label, sure = highlighter.classes[found.label], found.scores[found.label]
        print(f"{shown(path)}: {label} ({100 * sure:.0f} %), {len(best)} moments")
    if len(broken) < len(options.videos):
        print(f"JSON, reels and timelines in {shown(options.out)}")
    if broken:
        raise InputError("; ".join(broken))
    return 0


def _write(
    out: Path,
    path: Path,
    name: str,
    highlighter: Highlighter,
    found: Highlighted,
    best: tuple[Moment, ...],
    run: ExportedRun,
) -> None:
    said = _said(path, highlighter, found, best)
    said["model"] = {**run.origin(), "model": run.model}
    timeline, reel = out / f"{name}-timeline.png", out / f"{name}-reel.webm"
    label = highlighter.classes[found.label]
    middles = np.array([(moment.start + moment.stop) // 2 for moment in best])
    order = np.argsort(middles)
    pictures = np.empty_like(thumbnails := decode.read_frames(path, middles[order]))
    pictures[order] = thumbnails
    reel_timeline(
        timeline,
        found.curve,
        [(moment.start, moment.stop) for moment in best],
        pictures,
        fps=found.fps,
        title=f"{path.name}: {label}, the best moments",
    )
    frames = reel_frames(decode.frames(path), best, label, length=found.frames, fps=found.fps)
    write_video(reel, frames, found.fps)
    with together(timeline, reel):
        write_text(out / f"{name}.json", json.dumps(said, indent=1) + "\n")


def _said(
    path: Path, highlighter: Highlighter, found: Highlighted, best: tuple[Moment, ...]
) -> dict[str, Any]:
    """What the JSON holds: classes by probability, moments in seconds, the attention of every frame seen."""
    first = np.argsort(-found.scores, kind="stable")[:TOP]
    return {
        "video": str(path),
        "frames": found.frames,
        "fps": found.fps,
        "label": highlighter.classes[found.label],
        "top": {highlighter.classes[k]: round(float(found.scores[k]), DECIMALS) for k in first.tolist()},
        "moments": [
            {
                "start_s": round(moment.start / found.fps, 3),
                "stop_s": round(moment.stop / found.fps, 3),
                "worth": round(moment.worth, DECIMALS),
            }
            for moment in best
        ],
        "attention": {
            "frames": found.attended.tolist(),
            "weights": [round(float(weight), DECIMALS) for weight in found.attention],
            "unit": "1 is as much as uniform attention",
        },
    }

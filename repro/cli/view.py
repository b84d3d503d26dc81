"""`predict VIDEO ...` with a run of paper 5: what each clip shows, and where the network looks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.atomic import together, write_json
from repro.inference.predict import DECIMALS, distinct_names, make_folder
from repro.paper5 import networks
from repro.paper5.recipe import Recipe
from repro.paper5.viewer import Viewed, Viewer, load_viewer
from repro.paths import shown
from repro.report.live import looking
from repro.report.masks import Grid
from repro.types import InputError
from repro.video import decode
from repro.video.encode import write_video


def run_view(options: argparse.Namespace, folder: Path) -> int:
    """Label each video with a run of paper 5; a broken one is reported, the others still run."""
    viewer, run = load_viewer(folder)
    print(f"predicting with the run in {shown(folder)} ({run.model})")
    recipe = run.recipe_of(Recipe)
    grid = Grid(recipe.size_px, *networks.grid_px(recipe))
    about = {
        "model": {"run": str(folder), **run.origin(), "model": run.model},
        "rule": f"clip: {recipe.clip_rule} of its last {recipe.last_frames} frames; "
        f"video: {recipe.video_rule} of its clips",
        "window_frames": recipe.clip_len,
    }
    make_folder(options.out)
    broken = []
    for path, name in zip(options.videos, distinct_names(options.videos), strict=True):
        try:
            found = viewer.watch(path)
        except decode.BrokenVideo as error:
            broken.append(f"{path} could not be read: {error.reason}")
            continue
        drawn = options.out / f"{name}.webm"
        frames = looking(
            decode.frames(path),
            found.probabilities,
            found.attention,
            viewer.classes,
            grid=grid,
            fps=found.fps,
        )
        write_video(drawn, frames, found.fps)
        said = said_of(path, viewer, found)
        with together(drawn):
            write_json(options.out / f"{name}.json", {**said, "overlay": drawn.name, **about})
        print(f"{shown(path)}: {said['label']} ({100 * said['mean'][found.label]:.0f} %)")
    if len(broken) < len(options.videos):
        print(f"JSON and overlay videos in {shown(options.out)}")
    if broken:
        raise InputError("; ".join(broken))
    return 0


def said_of(path: Path, viewer: Viewer, found: Viewed) -> dict[str, Any]:
    """The part of the JSON that holds the answer: overall, by clip, by frame.

    scores decide the label, by the rule that stands beside them; mean is that of all frames' probabilities.
    """
    classes, fps = viewer.classes, found.info.fps
    by_frame = found.probabilities.argmax(axis=1).tolist()
    return {
        "video": str(path),
        "frames": found.frames,
        "fps": fps if fps == found.fps else None,
        "height_px": found.info.height_px,
        "width_px": found.info.width_px,
        "decoder": decode.VERSION,
        "classes": list(classes),
        "label": classes[found.label],
        "scores": _rounded(found.scores),
        "mean": _rounded(found.probabilities.mean(axis=0, dtype=np.float64)),
        "windows": [
            {"start": part.start, "stop": part.stop, "label": classes[part.label]} for part in found.parts
        ],
        "by_frame": [
            {"frame": t, "label": classes[label], "probabilities": _rounded(found.probabilities[t])}
            for t, label in enumerate(by_frame)
        ],
    }


def _rounded(values: NDArray[np.floating]) -> list[float]:
    return [round(float(value), DECIMALS) for value in values]

"""`predict VIDEO ...`: a trained run applied to any video file."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.cli.registry import PAPERS
from repro.experiment.exported import ExportedRun
from repro.inference.predict import Stream, predict_videos
from repro.inference.stream import Anticipator, Prediction
from repro.inference.watch import Seen, Watcher
from repro.paths import default_places, shown
from repro.report.live import draw_live
from repro.report.overlays import overlay_frames
from repro.types import Frames, InputError

# Papers whose runs highlight, watch frame by frame, and view clip by clip; those of 1 and 2 anticipate.
HIGHLIGHTING, WATCHING, VIEWING = 3, 4, 5


def run_predict(options: argparse.Namespace) -> int:
    """Label each video over time; a broken one is reported, the others still run, and the status is 2."""
    missing = [str(video) for video in options.videos if not video.exists()]
    if missing:
        raise InputError(f"no video at {', '.join(missing)}")
    folder = options.run_folder or newest_run(HIGHLIGHTING if options.highlight else None)
    if options.highlight or ExportedRun.read(folder).paper == HIGHLIGHTING:
        from repro.cli.highlight import run_highlight

        return run_highlight(options, folder)
    if ExportedRun.read(folder).paper == VIEWING:
        from repro.cli.view import run_view

        return run_view(options, folder)
    stream, run = load_stream(folder)
    print(f"predicting with the run in {shown(folder)}")
    model: dict[str, Any] = {"run": str(folder), **run.origin()}
    overlay = overlay_of_seen if isinstance(stream, Watcher) else overlay_of_predictions
    done = predict_videos(options.videos, stream, options.out, overlay=overlay, model=model, told=_tell)
    if done.results:
        print(f"JSON and overlay videos in {shown(options.out)}")
    if done.broken:
        raise InputError("; ".join(f"{video} could not be read: {reason}" for video, reason in done.broken))
    return 0


def _tell(result: Mapping[str, Any]) -> None:
    print(f"{result['video']}: {result['label']} ({100 * max(result['mean']):.0f} %)", flush=True)


def newest_run(paper: int | None = None) -> Path:
    """The run folder (of one paper) that was finished last; InputError with the command that makes one."""
    runs = default_places().runs
    which = "paper*" if paper is None else f"paper{paper}"
    finished = sorted(runs.glob(f"{which}/*/model.json"), key=lambda path: path.stat().st_mtime)
    if not finished:
        raise InputError(
            f"no finished run in {runs / which}; train one with: bash run.sh paper{paper or 2} demo, "
            "or name one with --run DIR"
        )
    return finished[-1].parent


def load_stream(folder: Path) -> tuple[Stream, ExportedRun]:
    """The trained networks of a run folder, ready for one frame after another, and what they are.

    A run of paper 1 or 2 gives an `Anticipator`, one of paper 4 a `Watcher`.
    """
    return load_watcher(folder) if ExportedRun.read(folder).paper == WATCHING else load_anticipator(folder)


def load_anticipator(folder: Path) -> tuple[Anticipator, ExportedRun]:
    """`load_stream` of a run of paper 1 or 2."""
    from repro.anticipation import prediction

    return prediction.load_anticipator(folder, {n: PAPERS[n].Recipe for n in (1, 2)})


def load_watcher(folder: Path) -> tuple[Watcher, ExportedRun]:
    """`load_stream` of a run of paper 4."""
    from repro.paper4 import watching

    return watching.load_watcher(folder)


def overlay_of_predictions(
    frames: Iterable[NDArray[np.uint8]], said: Sequence[Prediction], classes: Sequence[str], *, fps: float
) -> Iterator[Frames]:
    """Papers 1 and 2: the averaged probabilities beside each frame."""
    return overlay_frames(frames, np.stack([each.averaged for each in said]), classes, fps=fps)


def overlay_of_seen(
    frames: Iterable[NDArray[np.uint8]], said: Sequence[Seen], classes: Sequence[str], *, fps: float
) -> Iterator[Frames]:
    """Paper 4: label, attention and box in each frame."""
    for frame, seen in zip(frames, said, strict=True):
        yield draw_live(
            frame,
            classes[seen.label],
            float(seen.averaged[seen.label]),
            attention=seen.attention,
            edges=seen.box,
            note=f"{seen.frame / fps:.2f} s",
        )

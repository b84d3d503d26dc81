"""Labels video files frame by frame: a JSON file and, if wanted, an overlay video for each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro.atomic import fitting, naming, temporary_name, together, write_json
from repro.inference.stream import Anticipator, Prediction
from repro.inference.watch import Seen, Watcher
from repro.video import decode, encode

Stream = Anticipator | Watcher
Said = Prediction | Seen
# (frames uint8 [H, W, 3] one by one, what was said of each, classes, fps=) -> drawn frames
Overlay = Callable[..., Iterable[NDArray[np.uint8]]]
DECIMALS = 6  # of probabilities in the JSON file; float32 carries seven digits
USUAL_FPS = 25.0  # for the overlay of a file that does not say its own
LONGEST_ENDING = "-timeline.png"  # of the files that are called after a video, whichever paper's they are


class Predictions(NamedTuple):
    """results: the JSON content of every video that was labelled. broken: the others, with the reason."""

    results: list[dict[str, Any]]
    broken: list[tuple[Path, str]]


def predict_videos(
    paths: Sequence[Path],
    stream: Stream,
    out_dir: Path,
    *,
    overlay: Overlay | None = None,
    model: Mapping[str, Any] | None = None,
    told: Callable[[Mapping[str, Any]], None] = lambda content: None,
) -> Predictions:
    """`predict_video` for each; a video that does not decode is listed at the end and stops nothing.

    The files are called after the videos, see `distinct_names`. told: called with the content of each JSON
    file once that is on disk. Raises OSError where the disk refuses; what was told of is then still there.
    """
    results, broken = [], []
    for path, name in zip(paths, distinct_names(paths), strict=True):
        try:
            content = predict_video(path, stream, out_dir, overlay=overlay, model=model, name=name)
        except decode.BrokenVideo as error:
            broken.append((path, error.reason))
            continue
        results.append(content)
        told(content)
    return Predictions(results, broken)


def predict_video(
    path: Path,
    stream: Stream,
    out_dir: Path,
    *,
    overlay: Overlay | None = None,
    model: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> dict[str, Any]:
    """Label every frame of a video, write `out_dir/NAME.json` and return its content.

    overlay: draws the prediction into the frames; called as overlay(frames, said, classes, fps=fps) with an
    iterator of uint8 [H, W, 3], what the stream said of each of them, and the names; its frames go to
    `out_dir/NAME.webm`.
    model: where the networks came from, copied into the JSON. name: default the video's.
    One frame is in memory at a time: the video is decoded to count it, to label it and to draw it.
    Raises BrokenVideo for the video, OSError for files that cannot be written: then neither of them is there.
    """
    name = name or distinct_names([path])[0]
    make_folder(out_dir)
    info = decode.probe(path)
    fps = info.fps if math.isfinite(info.fps) and info.fps > 0 else None
    predictions, step_ms = _label(path, stream, info.frames)
    drawn = None
    if overlay is not None:
        drawn = out_dir / f"{name}.webm"
        frames = overlay(decode.frames(path), predictions, stream.classes, fps=fps or USUAL_FPS)
        encode.write_video(drawn, frames, fps or USUAL_FPS)
    content = {
        "video": str(path),
        "frames": len(predictions),
        "fps": fps,
        "height_px": info.height_px,
        "width_px": info.width_px,
        "overlay": None if drawn is None else drawn.name,
        "model": dict(model or {}),
        "decoder": decode.VERSION,
        **_said(predictions, stream),
        "timing": _timing(step_ms),
    }
    with together(*([] if drawn is None else [drawn])):
        write_json(out_dir / f"{name}.json", content)
    return content


def make_folder(folder: Path) -> None:
    """Make the folder for predictions. Raises OSError, before the long work, where nothing can be written."""
    folder.mkdir(parents=True, exist_ok=True)
    proof = temporary_name(folder / "proof")
    with naming(folder, proof):
        proof.touch()
        proof.unlink()


def _label(path: Path, stream: Stream, count: int) -> tuple[list[Said], list[float]]:
    """What is said of every frame, and the milliseconds each took (flow, resizing, networks, no decoding)."""
    step: Callable[[NDArray[np.uint8], Any], tuple[Said | None, Any]] = stream.step
    state: Any = stream.start()
    black = np.zeros((stream.size, stream.size, 3), np.uint8)
    for _ in range(2):  # the first call compiles, which is no frame's cost; with flow that is the second
        _, state = step(black, state)
    state = stream.start()
    predictions: list[Said] = []
    step_ms = []
    for frame in tqdm(
        decode.frames(path), total=count, desc=path.name, unit="frame", mininterval=0.5, dynamic_ncols=True
    ):
        started = time.perf_counter()
        said, state = step(frame, state)
        step_ms.append(1000 * (time.perf_counter() - started))
        if said is not None:
            predictions.append(said)
    left: Said | None = stream.finish(state)
    return predictions if left is None else [*predictions, left], step_ms


def _said(predictions: Sequence[Said], stream: Stream) -> dict[str, Any]:
    """The part of the JSON that holds the answer: overall, by window, by frame.

    The label of the video follows the mean over all its frames, which in one window is the paper's rule.
    """
    classes, window_frames = stream.classes, stream.window_frames
    probabilities = np.stack([p.probabilities for p in predictions])
    mean = np.asarray(probabilities.mean(axis=0, dtype=np.float64), np.float32)
    restarts = "never restarted" if window_frames is None else f"started afresh every {window_frames} frames"
    last_of_window = [
        (frame, p)
        for frame, p in enumerate(predictions)
        if frame + 1 == len(predictions) or predictions[frame + 1].window != p.window
    ]
    return {
        "classes": list(classes),
        "label": classes[int(np.argmax(mean))],
        "mean": _rounded(mean),
        "rule": f"averaged: mean over the window's frames so far; memory and mean {restarts}",
        "window_frames": window_frames,
        "windows": [
            {"start": frame + 1 - p.t, "stop": frame + 1, "label": classes[p.label]}
            for frame, p in last_of_window
        ],
        "by_frame": [
            {
                "frame": frame,
                "window": p.window,
                "t": p.t,
                "label": classes[p.label],
                "averaged": _rounded(p.averaged),
                "probabilities": _rounded(p.probabilities),
                **_where(p),
            }
            for frame, p in enumerate(predictions)
        ],
    }


def _where(said: Said) -> dict[str, list[float]]:
    """Left, top, right, bottom in pixels, where the network localises."""
    box = getattr(said, "box", None)
    return {} if box is None else {"box": [round(float(edge), 2) for edge in box]}


def _rounded(values: NDArray[np.floating]) -> list[float]:
    return [round(float(value), DECIMALS) for value in values]


def _timing(step_ms: Sequence[float]) -> dict[str, float]:
    return {
        "ms_per_frame_mean": round(float(np.mean(step_ms)), 3),
        "ms_per_frame_p95": round(float(np.percentile(step_ms, 95)), 3),
    }


def distinct_names(paths: Sequence[Path], ending: str = LONGEST_ENDING) -> list[str]:
    """A file name for each video, its own without suffix; where several are called alike, with a number.

    (`clip`, `clip-2`.) One that is too long for the file system with `ending` behind it is shortened.
    """
    names: list[str] = []
    for path in paths:
        name, number = fitting(path.stem, ending), 1
        while name in names:
            number += 1
            name = fitting(f"{path.stem}-{number}", ending)
        names.append(name)
    return names

"""A stream on a video file: papers 1, 2 and 4."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro.evaluation.certainty import Certainty
from repro.inference.prediction import VideoPrediction, Window
from repro.inference.predictor import Predictor
from repro.inference.stream import FramePrediction, Stream
from repro.video import decode, encode

# (frames uint8 [H, W, 3] one by one, their prediction) -> rendered frames
Render = Callable[[Iterable[NDArray[np.uint8]], VideoPrediction], Iterable[NDArray[np.uint8]]]


class StreamPredictor(Predictor):
    """Predicts every frame of a video by a stream. render: the overlay video, where one is wanted. certainty:
    which predictions are sure, where the run can tell.

    One frame is in memory at a time: the video is decoded to count it, to label it and to draw it.
    """

    def __init__(
        self, stream: Stream, render: Render | None = None, certainty: Certainty | None = None
    ) -> None:
        self.stream, self._render, self.certainty = stream, render, certainty
        self.classes = stream.classes
        self.endings = () if render is None else (".webm",)

    def predict(self, path: Path) -> VideoPrediction:
        """The label of the video follows the mean over all its frames: in one window the paper's rule."""
        info = decode.probe(path)
        predictions, step_ms = self._label(path, info.frames)
        probabilities = np.stack([each.probabilities for each in predictions])
        attention = [each.attention for each in predictions if each.attention is not None]
        boxes = [each.box for each in predictions if each.box is not None]
        return VideoPrediction(
            path=path,
            info=info,
            classes=self.classes,
            scores=probabilities.mean(axis=0, dtype=np.float64).astype(np.float32),
            rule=self._rule(),
            probabilities=probabilities,
            averaged=np.stack([each.averaged for each in predictions]),
            windows=windows(predictions),
            attention=np.stack(attention) if attention else None,
            boxes=np.stack(boxes) if boxes else None,
            certainty=self.certainty,
            timing={
                "ms_per_frame_mean": round(float(np.mean(step_ms)), 3),
                "ms_per_frame_p95": round(float(np.percentile(step_ms, 95)), 3),
            },
        )

    def render(self, prediction: VideoPrediction, *files: Path) -> None:
        for file in files:
            assert self._render is not None
            frames = self._render(decode.frames(prediction.path), prediction)
            encode.write_video(file, frames, prediction.fps)

    def _rule(self) -> str:
        window = self.stream.window_frames
        restarts = "never restarted" if window is None else f"started afresh every {window} frames"
        return f"averaged: mean over the window's frames so far; memory and mean {restarts}"

    def _label(self, path: Path, count: int) -> tuple[list[FramePrediction], list[float]]:
        """The prediction of every frame, and the milliseconds that each took without decoding."""
        stream, state = self.stream, self.stream.start()
        black = np.zeros((stream.size, stream.size, 3), np.uint8)
        for _ in range(2):  # the first call compiles, which is no frame's cost; with flow that is the second
            _, state = stream.step(black, state)
        state = stream.start()
        predictions, step_ms = [], []
        for frame in tqdm(
            decode.frames(path),
            total=count,
            desc=path.name,
            unit="frame",
            mininterval=0.5,
            dynamic_ncols=True,
        ):
            started = time.perf_counter()
            prediction, state = stream.step(frame, state)
            step_ms.append(1000 * (time.perf_counter() - started))
            if prediction is not None:
                predictions.append(prediction)
        left = stream.finish(state)
        return predictions if left is None else [*predictions, left], step_ms


def windows(predictions: list[FramePrediction]) -> tuple[Window, ...]:
    """The windows of a stream, each with the label of its last frame."""
    starts = [
        frame
        for frame, each in enumerate(predictions)
        if frame == 0 or predictions[frame - 1].window != each.window
    ]
    stops = [*starts[1:], len(predictions)]
    return tuple(
        Window(start, stop, predictions[stop - 1].label) for start, stop in zip(starts, stops, strict=True)
    )

"""A stream on a video file: papers 1, 2 and 4."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro.evaluation.certainty import Certainty
from repro.inference.prediction import VideoPrediction, Window, first_sure
from repro.inference.predictor import Maps, Predictor
from repro.inference.shared import SharedBatch
from repro.inference.stream import FramePrediction, Stream, StreamState
from repro.types import Frames
from repro.video import decode, encode
from repro.video.names import in_one_line

_BAR: dict[str, Any] = {"unit": "frame", "mininterval": 0.5, "dynamic_ncols": True}
# (frames uint8 [H, W, 3] one by one, their prediction) -> rendered frames
Render = Callable[[Iterable[NDArray[np.uint8]], VideoPrediction], Iterable[NDArray[np.uint8]]]
Look = Callable[[Frames], Maps]


class StreamPredictor(Predictor):
    """Predicts every frame of a video by a stream. render: the overlay video, where one is wanted. certainty:
    which predictions are sure, where the run can tell. look: frames uint8 [m, H, W, 3] -> where the network
    looks in each by itself, float32 [m, h, w], of a model whose predictions hold no attention. together: how
    many videos at a time share the calls of the network, where there are several; what it gives then differs
    in the last digits.

    One frame of a video is in memory at a time: the video is decoded to count it, to label it and to draw it.
    """

    def __init__(
        self,
        stream: Stream,
        render: Render | None = None,
        certainty: Certainty | None = None,
        look: Look | None = None,
        *,
        together: int = 1,
    ) -> None:
        self._together = together
        self.stream, self._render, self.certainty, self._look = stream, render, certainty, look
        self.classes = stream.classes
        self.endings = () if render is None else (".webm",)

    def predict(self, path: Path) -> VideoPrediction:
        """The label of the video follows the mean over all its frames: in one window the paper's rule.

        What is kept of a frame are its numbers: 8 K bytes, and with attention its map and its box.
        """
        info = decode.probe(path)
        with tqdm(None, in_one_line(path.name), info.frames, **_BAR) as bar:
            return self._predict(path, info, self.stream, self.warmed_up(), bar.update, {})

    def predict_each(self, paths: Sequence[Path]) -> Generator[VideoPrediction | decode.BrokenVideo]:
        """As `Predictor` has it; several at a time."""
        size = min(self._together, len(paths))
        return super().predict_each(paths) if size < 2 else self._several(paths, size)

    def _several(self, paths: Sequence[Path], size: int) -> Generator[VideoPrediction | decode.BrokenVideo]:
        """`size` videos at a time, each in a thread. At most as many predictions wait for those before."""
        shared, stopped = SharedBatch(self.stream.advance, size), threading.Event()
        shared.warm_up({"rgb": np.zeros((1, self.stream.size, self.stream.size, 3), np.uint8)})
        bar = tqdm(None, f"{len(paths)} videos, {size} at a time", 0, **_BAR)

        def moved(frames: int) -> None:
            if stopped.is_set():
                raise CancelledError  # nobody waits for it any more
            bar.update(frames)

        def predicted(path: Path) -> VideoPrediction | decode.BrokenVideo:
            try:
                info = decode.probe(path)
                with shared.member() as advance:
                    stream = self.stream.sharing(advance)
                    return self._predict(path, info, stream, stream.start(), moved, {"streams": size})
            except decode.BrokenVideo as error:
                return error

        pool = ThreadPoolExecutor(size, thread_name_prefix="stream")
        waiting: deque[Future[VideoPrediction | decode.BrokenVideo]] = deque()
        try:
            with bar:
                for path in paths:
                    if len(waiting) == 2 * size:
                        yield waiting.popleft().result()
                    waiting.append(pool.submit(predicted, path))
                while waiting:
                    yield waiting.popleft().result()
        finally:
            stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _predict(
        self,
        path: Path,
        info: decode.VideoInfo,
        stream: Stream,
        state: StreamState,
        moved: Callable[[int], object],
        timing: Mapping[str, float],
    ) -> VideoPrediction:
        arrays: dict[str, NDArray[Any]] = {}
        ends: list[Window] = []
        step_ms = np.zeros(info.frames, np.float32)
        for each in _labelled(path, stream, state, step_ms, moved):
            _keep(each, arrays, ends, info.frames)
        probabilities, averaged = arrays["probabilities"], arrays["averaged"]
        return VideoPrediction(
            path=path,
            info=info,
            classes=self.classes,
            scores=probabilities.mean(axis=0, dtype=np.float64).astype(np.float32),
            rule=self.rule,
            probabilities=probabilities,
            averaged=averaged,
            windows=tuple(ends),
            attention=arrays.get("attention"),
            boxes=arrays.get("box"),
            certainty=self.certainty,
            first_sure=first_sure(averaged, info, self.certainty),
            timing={
                "ms_per_frame_mean": round(float(np.mean(step_ms)), 3),
                "ms_per_frame_p95": round(float(np.percentile(step_ms, 95)), 3),
                **timing,
            },
        )

    def attention(self, prediction: VideoPrediction, numbers: NDArray[np.integer]) -> Maps | None:
        if self._look is None:
            return super().attention(prediction, numbers)
        return self._look(decode.read_frames(prediction.path, numbers))

    def render(self, prediction: VideoPrediction, *files: Path) -> None:
        for file in files:
            assert self._render is not None
            frames = self._render(decode.frames(prediction.path), prediction)
            encode.write_video(file, frames, prediction.fps)

    @property
    def rule(self) -> str:
        """How frames become a prediction, in words."""
        text = "averaged: mean over the window's frames so far; memory and mean"
        if self.stream.window_frames is None:
            return f"{text} never restarted"
        window = self.stream.window_frames * self.stream.every  # of the video's frames
        last = "; a last frame without flow stays in the window before it" if self.stream.reads_flow else ""
        return f"{text} started afresh every {window} frames{last}"

    def warmed_up(self) -> StreamState:
        """The state before the first frame, after the calls that compile, which are no frame's cost.

        The first call does; with flow that is the second.
        """
        stream, state = self.stream, self.stream.start()
        black = np.zeros((stream.size, stream.size, 3), np.uint8)
        for _ in range(2):
            _, state = stream.step(black, state)
        return stream.start()


def _labelled(
    path: Path,
    stream: Stream,
    state: StreamState,
    step_ms: NDArray[np.float32],
    moved: Callable[[int], object],
) -> Iterator[FramePrediction]:
    """The prediction of every frame, and into `step_ms` [n] what each took without decoding."""
    for number, frame in enumerate(decode.frames(path)):
        started = time.perf_counter()
        prediction, state = stream.step(frame, state)
        step_ms[number] = 1000 * (time.perf_counter() - started)
        moved(1)
        if prediction is not None:
            yield prediction
    left = stream.finish(state)
    if left is not None:
        yield left


def _keep(each: FramePrediction, arrays: dict[str, NDArray[Any]], ends: list[Window], count: int) -> None:
    """Put a prediction into its row of `arrays`, [count, ...] by name, and its window into `ends`."""
    for name in ("probabilities", "averaged", "attention", "box"):
        value = getattr(each, name)
        if value is not None:
            if name not in arrays:
                arrays[name] = np.empty((count, *value.shape), value.dtype)
            arrays[name][each.frame] = value
    start = ends.pop().start if len(ends) > each.window else each.frame
    ends.append(Window(start, each.frame + 1, each.label))

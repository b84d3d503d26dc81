"""A finished run of paper 5 on any video: the class of each clip, and where the LSTM attends.

The 3-d network and the start of the memory read a whole clip, so a frame has no prediction before the last
one of its clip has come. Clips follow each other without overlap; the last is moved back to end at the
last frame. One clip is in memory at a time, however long the video is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro.evaluation.clips import video_score
from repro.experiment.exported import ExportedRun
from repro.features.extract import Network
from repro.features.flow_store import FlowSettings, coded_between
from repro.features.network import frame_function
from repro.flow import coding
from repro.inference.batched import of_all
from repro.inference.options import PredictionOptions
from repro.inference.prediction import VideoPrediction, Window
from repro.inference.predictor import Predictor
from repro.paper5 import levels, networks
from repro.paper5.recipe import Recipe, streams_of
from repro.report.live import attention_overlay
from repro.report.masks import Grid
from repro.video import decode, geometry
from repro.video.encode import write_video
from repro.video.names import in_one_line

FRAMES_AT_ONCE = 8  # through VGG-16: at 384 x 384 its first maps of one frame take 38 MB

Frame = NDArray[np.uint8]  # [H, W, 3], RGB
Images = Mapping[str, NDArray[np.uint8]]  # by stream: [S, S, C] of one frame, [m, S, S, C] of several
Maps = Mapping[str, NDArray[np.float32]]  # by branch: [m, h, w, C]
Outputs = Mapping[str, NDArray[np.float32]]  # "frame" [1, T, K], "attention" [1, T, h, w]


class ClipPredictor(Predictor):
    """The networks of a run, ready for videos.

    classes: K names. steps: T, frames of a clip, from every `every`-th of a video. images: these ->
    the images of each stream. maps: images of several frames -> their maps by branch. outputs: the maps of
    one clip, [1, T, h, w, C] by branch -> outputs. score: probabilities [N, T, K] of N clips -> [K]. rule:
    of it, in words. grid: of the attention on the square that the network reads.
    """

    endings = (".webm",)

    def __init__(
        self,
        classes: Sequence[str],
        steps: int,
        *,
        images: Callable[[Iterable[Frame]], Iterator[Images]],
        maps: Callable[[Images], Maps],
        outputs: Callable[[Maps], Outputs],
        score: Callable[[NDArray[np.floating]], NDArray[np.floating]],
        rule: str,
        grid: Grid,
        every: int = 1,
    ) -> None:
        self.classes, self.steps, self.every = tuple(classes), steps, every
        self._images, self._maps, self._outputs, self._score = images, maps, outputs, score
        self._rule, self._grid = rule, grid

    def predict(self, path: Path) -> VideoPrediction:
        """The network reads each frame once; of a frame that lies in two clips, the last one decides.

        A frame between those that are read has the prediction of the one before it.
        """
        info = decode.probe(path)
        starts, outputs = [], []
        with tqdm(
            total=info.frames, desc=in_one_line(path.name), unit="frame", mininterval=0.5, dynamic_ncols=True
        ) as progress:
            for start, maps in self._clips(islice(decode.frames(path), 0, None, self.every)):
                clip = self._outputs({branch: array[np.newaxis] for branch, array in maps.items()})
                outputs.append(
                    {name: np.asarray(clip[name][0], np.float32) for name in ("frame", "attention")}
                )
                starts.append(start)
                progress.update(self._end(start, info.frames) - progress.n)
        rows = -(-info.frames // self.every)
        by_row = {name: np.empty((rows, *array.shape[1:]), np.float32) for name, array in outputs[0].items()}
        for start, clip in zip(starts, outputs, strict=True):
            for name, array in by_row.items():
                covered = array[start : start + self.steps]
                covered[:] = clip[name][: len(covered)]
        by_frame = {n: np.repeat(array, self.every, axis=0)[: info.frames] for n, array in by_row.items()}
        clips = np.stack([clip["frame"] for clip in outputs])
        return VideoPrediction(
            path=path,
            info=info,
            classes=self.classes,
            scores=np.asarray(self._score(clips), np.float64),
            rule=self._rule,
            probabilities=by_frame["frame"],
            windows=tuple(
                Window(
                    start * self.every, self._end(start, info.frames), int(self._score(clip[None]).argmax())
                )
                for start, clip in zip(starts, clips, strict=True)
            ),
            attention=by_frame["attention"],
        )

    def render(self, prediction: VideoPrediction, *files: Path) -> None:
        """Each frame under the heat of its attention."""
        (overlay,) = files
        assert prediction.probabilities is not None
        assert prediction.attention is not None
        frames = attention_overlay(
            decode.frames(prediction.path),
            prediction.probabilities,
            prediction.attention,
            self.classes,
            grid=self._grid,
            fps=prediction.fps,
        )
        write_video(overlay, frames, prediction.fps)

    def _end(self, start: int, frames: int) -> int:
        """Where a clip ends in a video of so many frames."""
        return min((start + self.steps) * self.every, frames)

    def _clips(self, frames: Iterable[Frame]) -> Iterator[tuple[int, Maps]]:
        """The first frame of each clip and its maps [T, h, w, C]; a short video repeats its last frame."""
        remaining, start = self._images(frames), 0
        before: Maps = {}
        while images := list(islice(remaining, self.steps)):
            maps = self._maps({stream: np.stack([each[stream] for each in images]) for stream in images[0]})
            missing = self.steps - len(images)
            if missing and before:
                maps = {b: np.concatenate([before[b], array])[-self.steps :] for b, array in maps.items()}
            elif missing:
                maps = {b: np.pad(a, [(0, missing), *[(0, 0)] * 3], mode="edge") for b, a in maps.items()}
            yield max(start - missing, 0), maps
            before, start = maps, start + len(images)


def images_of(recipe: Recipe, frames: Iterable[Frame]) -> Iterator[Images]:
    """What the recipe's streams read of each frame: uint8 [S, S, 3], and [S, S, 2] of a coded field.

    The field of a frame leads on to the next; the last frame, which has none, takes the one before.
    """
    if "flow" not in streams_of(recipe):
        yield from (_resized(recipe, {"rgb": frame}) for frame in frames)
        return
    before, settings = None, FlowSettings.of(recipe)
    field = np.full((recipe.flow_height_px, recipe.flow_width_px, 2), coding.STILL, np.uint8)
    for frame in frames:
        if before is not None:
            field = coded_between(before, frame, settings)
            yield _resized(recipe, {"rgb": before, "flow": field})
        before = frame
    if before is not None:
        yield _resized(recipe, {"rgb": before, "flow": field})


def _resized(recipe: Recipe, images: Images) -> Images:
    size, ways = recipe.size_px, {"rgb": recipe.resize}
    return {
        stream: geometry.resize(images[stream], size, size, ways.get(stream, "bicubic"))
        for stream in streams_of(recipe)
    }


def maps_of(recipe: Recipe, vgg: Mapping[str, Network], images: Images) -> Maps:
    """Images uint8 [m, S, S, C] by stream -> VGG maps float32 [m, h, w, C] by branch, rounded as stored ones.

    vgg: stream -> the function from images to maps by level. It is always given `FRAMES_AT_ONCE` images, so
    that it is traced once.
    """
    maps: dict[str, NDArray[np.float32]] = {}
    for stream, array in images.items():
        of_frames = of_all(partial(_of_images, vgg[stream]), {"images": array}, FRAMES_AT_ONCE)
        maps |= {
            branch: of_frames[level].astype(recipe.feature_dtype).astype(np.float32)
            for branch, (of, level) in levels.feeds(recipe).items()
            if of == stream
        }
    return {branch: maps[branch] for branch in recipe.branches}


def _of_images(network: Network, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    return network(inputs["images"])


def predictor(run: ExportedRun, options: PredictionOptions) -> ClipPredictor:
    """The networks of a finished run; InputError for one of another version."""
    recipe = run.recipe_of(Recipe)
    model, maps = trained_networks(run, recipe)
    model.jit_compile = False  # XLA is slower on a CPU and takes seconds to compile
    feeds = levels.feeds(recipe).values()
    vgg = {
        stream: frame_function(network, [level for of, level in feeds if of == stream])
        for stream, network in maps.items()
    }
    rules: Any = recipe.clip_rule, recipe.video_rule
    return ClipPredictor(
        run.classes,
        recipe.clip_len,
        images=partial(images_of, recipe),
        maps=partial(maps_of, recipe, vgg),
        outputs=model.predict_on_batch,
        score=lambda clips: video_score(clips, recipe.last_frames, *rules),
        rule=rule_of(recipe),
        grid=Grid(recipe.size_px, *levels.grid_px(recipe)),
        every=recipe.frame_step,
    )


def trained_networks(run: ExportedRun, recipe: Recipe) -> tuple[keras.Model, dict[str, keras.Model]]:
    """The model of a run as it predicts, and the map network of each stream that it reads."""
    model = networks.trained_views(recipe, len(run.classes), run.weights_file, run.fact("scales"))
    maps = {
        stream: levels.trained_map_network(recipe, stream, run.network_file(stream))
        for stream in streams_of(recipe)
    }
    return model, maps


def rule_of(recipe: Recipe) -> str:
    """How frames become a clip's score, and clips a video's, in words."""
    return (
        f"clip: {recipe.clip_rule} of its last {recipe.last_frames} frames; "
        f"video: {recipe.video_rule} of its clips"
    )

"""A trained run of paper 5 on any video file: what each clip of it shows, and where the LSTM looks.

The 3-d network and the start of the memory see a whole clip, so nothing can be said of a frame before the
last one of its clip has come. Clips follow each other without overlap; the last is moved back to end at the
last frame. One clip is in memory at a time, however long the video is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro.evaluation.clips import video_score
from repro.experiment.exported import ExportedRun
from repro.features.extract import Network
from repro.features.network import frame_function
from repro.flow import coding, tvl1
from repro.inference.batched import of_all
from repro.inference.predict import USUAL_FPS
from repro.paper5 import networks
from repro.paper5.recipe import Recipe, streams_of
from repro.video import decode, geometry

FRAMES_AT_ONCE = 8  # through VGG-16: at 384 x 384 its first maps of one frame take 38 MB

Frame = NDArray[np.uint8]  # [H, W, 3], RGB
Images = Mapping[str, NDArray[np.uint8]]  # by stream: [S, S, C] of one frame, [m, S, S, C] of several
Maps = Mapping[str, NDArray[np.float32]]  # by branch: [m, h, w, C]
Said = Mapping[str, NDArray[np.float32]]  # "frame" [1, T, K], "attention" [1, T, h, w]


class Part(NamedTuple):
    """A clip of a video, frames `start <= t < stop`, and the class it is given."""

    start: int
    stop: int
    label: int


class Viewed(NamedTuple):
    """What a run says of a video of n frames.

    info: of the file. label: by the paper's rule. scores: float64 [K], of the video by that rule.
    probabilities: float32 [n, K], prob_t. attention: float32 [n, h, w], att_t, each map sums to 1. parts: the
    clips in order; of a frame that lies in two, the later one speaks.
    """

    info: decode.VideoInfo
    label: int
    scores: NDArray[np.float64]
    probabilities: NDArray[np.float32]
    attention: NDArray[np.float32]
    parts: tuple[Part, ...]

    @property
    def frames(self) -> int:
        return self.info.frames

    @property
    def fps(self) -> float:
        """The file's, or the usual one where the file does not say."""
        return self.info.fps if 0 < self.info.fps < math.inf else USUAL_FPS


class Viewer:
    """The networks of a run, ready for videos.

    classes: K names. steps: T, frames of a clip. images: the frames of a video one by one -> what each stream
    is shown of each. maps: images of several frames -> their VGG maps by branch. says: the maps of one clip,
    [1, T, h, w, C] by branch -> what the model says of it. score: probabilities [N, T, K] of N clips -> [K].
    """

    def __init__(
        self,
        classes: Sequence[str],
        steps: int,
        *,
        images: Callable[[Iterable[Frame]], Iterator[Images]],
        maps: Callable[[Images], Maps],
        says: Callable[[Maps], Said],
        score: Callable[[NDArray[np.floating]], NDArray[np.floating]],
    ) -> None:
        self.classes, self.steps = tuple(classes), steps
        self._images, self._maps, self._says, self._score = images, maps, says, score

    def watch(self, path: Path) -> Viewed:
        """Look at a whole video; VGG sees each frame once. Raises BrokenVideo."""
        info = decode.probe(path)
        starts, said = [], []
        with tqdm(
            total=info.frames, desc=path.name, unit="frame", mininterval=0.5, dynamic_ncols=True
        ) as progress:
            for start, maps in self._clips(decode.frames(path)):
                says = self._says({branch: array[np.newaxis] for branch, array in maps.items()})
                said.append({name: np.asarray(says[name][0], np.float32) for name in ("frame", "attention")})
                starts.append(start)
                progress.update(min(start + self.steps, info.frames) - progress.n)
        by_frame = {name: np.empty((info.frames, *said[0][name].shape[1:]), np.float32) for name in said[0]}
        for start, clip in zip(starts, said, strict=True):
            for name, array in by_frame.items():
                covered = array[start : start + self.steps]
                covered[:] = clip[name][: len(covered)]
        clips = np.stack([clip["frame"] for clip in said])
        scores = np.asarray(self._score(clips), np.float64)
        parts = tuple(
            Part(start, min(start + self.steps, info.frames), int(np.argmax(self._score(clip[np.newaxis]))))
            for start, clip in zip(starts, clips, strict=True)
        )
        return Viewed(info, int(scores.argmax()), scores, by_frame["frame"], by_frame["attention"], parts)

    def _clips(self, frames: Iterable[Frame]) -> Iterator[tuple[int, Maps]]:
        """The first frame of each clip and its maps [T, h, w, C]; a short video repeats its last frame."""
        shown, start = self._images(frames), 0
        before: Maps = {}
        while images := list(islice(shown, self.steps)):
            maps = self._maps({stream: np.stack([each[stream] for each in images]) for stream in images[0]})
            missing = self.steps - len(images)
            if missing and before:
                maps = {b: np.concatenate([before[b], array])[-self.steps :] for b, array in maps.items()}
            elif missing:
                maps = {b: np.pad(a, [(0, missing), *[(0, 0)] * 3], mode="edge") for b, a in maps.items()}
            yield max(start - missing, 0), maps
            before, start = maps, start + len(images)


def images_of(recipe: Recipe, frames: Iterable[Frame]) -> Iterator[Images]:
    """What the recipe's streams are shown of each frame: uint8 [S, S, 3], and [S, S, 2] of a coded field.

    The field of a frame leads on to the next; the last frame, which has none, is shown with the one before.
    """
    if "flow" not in streams_of(recipe):
        yield from (_resized(recipe, {"rgb": frame}) for frame in frames)
        return
    before = None
    field = np.full((recipe.flow_height_px, recipe.flow_width_px, 2), coding.STILL, np.uint8)
    for frame in frames:
        if before is not None:
            field = coded_field(recipe, before, frame)
            yield _resized(recipe, {"rgb": before, "flow": field})
        before = frame
    if before is not None:
        yield _resized(recipe, {"rgb": before, "flow": field})


def _resized(recipe: Recipe, shown: Images) -> Images:
    size, ways = recipe.size_px, {"rgb": recipe.resize}
    return {
        stream: geometry.resize(shown[stream], size, size, ways.get(stream, "bicubic"))
        for stream in streams_of(recipe)
    }


def coded_field(recipe: Recipe, frame: Frame, following: Frame) -> NDArray[np.uint8]:
    """The flow between two frames as training read it: coded, through its JPEGs; uint8 [H', W', 2]."""
    size = recipe.flow_height_px, recipe.flow_width_px
    pair = np.stack([geometry.resize(image, *size) for image in (frame, following)])
    coded = coding.quantise(
        tvl1.flow_between(pair, tvl1.METHODS[recipe.flow_method])[0], recipe.flow_bound_px
    )
    return coding.from_jpeg(*coding.to_jpeg(coded, recipe.flow_jpeg_quality))


def maps_of(recipe: Recipe, vgg: Mapping[str, Network], images: Images) -> Maps:
    """Images uint8 [m, S, S, C] by stream -> VGG maps float32 [m, h, w, C] by branch, rounded as stored ones.

    vgg: stream -> the function from images to maps by level. It is always given `FRAMES_AT_ONCE` images, so
    that it is traced once.
    """
    maps: dict[str, NDArray[np.float32]] = {}
    for stream, array in images.items():
        said = of_all(lambda inputs, of=vgg[stream]: of(inputs["images"]), {"images": array}, FRAMES_AT_ONCE)  # type: ignore[misc]
        maps |= {
            branch: said[level].astype(recipe.feature_dtype).astype(np.float32)
            for branch, (of, level) in networks.feeds(recipe).items()
            if of == stream
        }
    return {branch: maps[branch] for branch in recipe.branches}


def load_viewer(folder: Path) -> tuple[Viewer, ExportedRun]:
    """The networks of a finished run of paper 5, and what its folder says of them.

    Raises InputError for another folder, and one of another version.
    """
    run = ExportedRun.read(folder, 5)
    recipe = run.recipe_of(Recipe)
    says = networks.trained_views(recipe, len(run.classes), run.weights_file, run.fact("scales"))
    says.jit_compile = False  # XLA is slower on a CPU and takes seconds to compile
    feeds, vgg = networks.feeds(recipe), {}
    for stream in streams_of(recipe):
        maps = networks.trained_map_network(recipe, stream, run.network_file(stream))
        vgg[stream] = frame_function(maps, [level for of, level in feeds.values() if of == stream])
    rules: Any = recipe.clip_rule, recipe.video_rule
    viewer = Viewer(
        run.classes,
        recipe.clip_len,
        images=partial(images_of, recipe),
        maps=partial(maps_of, recipe, vgg),
        says=says.predict_on_batch,
        score=lambda clips: video_score(clips, recipe.last_frames, *rules),
    )
    return viewer, run

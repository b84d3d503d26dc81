"""A finished run of paper 3 on any video: its class, and the moments that decide it.

Windows are taken all along the video. A frame is worth what the windows that show it give it: its attention,
in units of uniform, times the probability of the video's class there. Within a window attention compares
frames; between windows the probability does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.highlighting import every_frame, moments
from repro.experiment.exported import ExportedRun
from repro.features.extract import Network, Reader
from repro.features.network import frame_function
from repro.inference.batched import of_all
from repro.inference.options import PredictionOptions
from repro.inference.prediction import USUAL_FPS, Highlights, VideoPrediction, stated_fps
from repro.inference.predictor import Predictor
from repro.input_pipeline.window_batches import read_windows
from repro.paper3 import networks
from repro.paper3.features import read_by, scale_of, sources_of, standardises
from repro.paper3.recipe import Recipe
from repro.paper3.scoring import decoder_says
from repro.paths import weights_folder
from repro.report.plots import reel_timeline
from repro.report.reel import reel_frames
from repro.sampling.windows import Windows
from repro.types import InputError, VideoRef
from repro.video import decode
from repro.video.encode import write_video

FEATURES_AT_ONCE = 16
OVERLAP = 4  # windows begin every quarter of a window


class Highlighter(Predictor):
    """The networks of a run, ready for videos.

    features: network -> (what reads it, its function). decode_windows: feature windows -> probabilities
    "frame" [N, T, K] and attention "weights" [N, T, F]. scales: as `Features` has them.
    """

    endings = ("-timeline.png", "-reel.webm")

    def __init__(
        self,
        recipe: Recipe,
        classes: Sequence[str],
        features: Mapping[str, tuple[Reader, Network]],
        decode_windows: Any,
        scales: Mapping[str, Path] = MappingProxyType({}),
        *,
        options: PredictionOptions,
    ) -> None:
        self.recipe, self.classes, self.features = recipe, tuple(classes), features
        self.decode_windows, self.scales, self.options = decode_windows, scales, options

    def predict(self, path: Path) -> VideoPrediction:
        info = decode.probe(path)
        ref = VideoRef(path.stem, path, 0, path.stem)
        windows = networks.windows(self.recipe)
        starts = spread_starts(info.frames, windows)
        stored = {name: self._features(name, ref) for name in self.features}
        readers = {name: _reader(arrays) for name, arrays in stored.items()}
        sources = sources_of(self.recipe, readers, self.scales)
        outputs = self.decode_windows(read_windows(sources, ref, starts, windows))
        scores = outputs["frame"].mean(axis=(0, 1), dtype=np.float64)
        sure = outputs["frame"].mean(axis=1, dtype=np.float64)[:, scores.argmax()]
        attention = outputs["weights"].mean(axis=1, dtype=np.float64) * windows.attended
        frames = windows.attended_rows(starts) * windows.grid % info.frames
        attended, weights = _mean_by_frame(frames, attention)
        _, worth = _mean_by_frame(frames, attention * sure[:, None])
        curve = every_frame(attended, worth, info.frames)
        length = max(1, round(self.options.seconds * (stated_fps(info) or USUAL_FPS)))
        best = moments(curve, length, self.options.moments)
        return VideoPrediction(
            path=path,
            info=info,
            classes=self.classes,
            scores=scores,
            rule="mean over the windows and their steps",
            highlights=Highlights(curve, best, attended, weights),
        )

    def render(self, prediction: VideoPrediction, *files: Path) -> None:
        """A picture of what each frame is worth, and the best moments as a short video."""
        assert prediction.highlights is not None
        timeline, reel = files
        path, best, fps = prediction.path, prediction.highlights.moments, prediction.fps
        middles = np.array([(moment.start + moment.stop) // 2 for moment in best])
        order = np.argsort(middles)
        pictures = np.empty_like(thumbnails := decode.read_frames(path, middles[order]))
        pictures[order] = thumbnails
        reel_timeline(
            timeline,
            prediction.highlights.curve,
            [(moment.start, moment.stop) for moment in best],
            pictures,
            fps=fps,
            title=f"{path.name}: {prediction.label_name}, the best moments",
        )
        length = prediction.info.frames
        frames = reel_frames(decode.frames(path), best, prediction.label_name, length=length, fps=fps)
        write_video(reel, frames, fps)

    def _features(self, name: str, ref: VideoRef) -> dict[str, NDArray[np.float32]]:
        """fc6 and fc8 of every row of the grid, as filmed."""
        read, network = self.features[name]
        images = {"images": read(ref, self.recipe.vgg_px, None)}
        return of_all(lambda inputs: network(inputs["images"]), images, FEATURES_AT_ONCE)


def spread_starts(frames: int, windows: Windows) -> NDArray[np.int64]:
    """Window starts all along a video: every quarter of a window on the grid, and the last one that fits."""
    admissible = np.array(windows.starts(frames), np.int64)
    step = max(1, windows.frames // (OVERLAP * windows.grid))
    return np.union1d(admissible[::step], admissible[-1:])


def _mean_by_frame(
    frames: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    attended, place, times = np.unique(frames, return_inverse=True, return_counts=True)
    return attended, np.bincount(place.ravel(), values.ravel()) / times


def _reader(arrays: Mapping[str, NDArray[np.float32]]) -> Any:
    def read_part(
        ref: VideoRef, start: int, stop: int, names: Sequence[str]
    ) -> dict[str, NDArray[np.float32]]:
        return {name: arrays[name][start:stop] for name in names}

    return read_part


def predictor(run: ExportedRun, options: PredictionOptions) -> Highlighter:
    """The networks of a finished run.

    Raises InputError for one of another version, and one whose main model has no attention.
    """
    recipe, outputs = run.recipe_of(Recipe), run.fact("outputs")
    check_attends(run, recipe)
    features: dict[str, tuple[Reader, Network]] = {}
    for name in read_by(recipe):
        trained = run.network_file(name)
        built = networks.feature_network(recipe, name, outputs[name], weights_folder(), trained)
        read, _ = networks.reader(recipe, name)
        features[name] = read, frame_function(built, ("fc6", "fc8"))
    decoder = networks.trained_decoder(recipe, len(run.classes), outputs[recipe.attended], run.weights_file)
    attended = [recipe.attended] if standardises(recipe) else []
    scales = {name: run.network_file(scale_of(name)) for name in attended}
    return Highlighter(recipe, run.classes, features, decoder_says(decoder), scales, options=options)


def check_attends(run: ExportedRun, recipe: Recipe) -> None:
    """Raises InputError for a run whose main model has no attention."""
    if recipe.architecture != "alstm":
        raise InputError(f"the model of {run.folder} has no attention; run a row of an aLSTM there first")

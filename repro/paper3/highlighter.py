"""A trained run of paper 3 on any video: what it shows, and which of its moments say so.

Windows are taken all along the video. A frame is worth what the windows that show it give it: its attention,
in units of uniform, times the probability of the video's class there. Within a window attention compares
frames; between windows the probability does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.backbones.mirrored import feature_model
from repro.evaluation.highlighting import every_frame
from repro.experiment.exported import ExportedRun
from repro.features.extract import Network, Reader
from repro.features.network import frame_function
from repro.inference.batched import of_all
from repro.input_pipeline.window_batches import read_windows
from repro.paper3 import networks
from repro.paper3.features import read_by, scale_of, sources_of, standardises
from repro.paper3.recipe import Recipe
from repro.paper3.scoring import decoder_says
from repro.sampling.windows import Windows
from repro.types import InputError, VideoRef
from repro.video import decode

FEATURES_AT_ONCE = 16
USUAL_FPS = 25.0  # of a file that does not say its own
OVERLAP = 4  # windows begin every quarter of a window


class Highlighted(NamedTuple):
    """What a run says of a video.

    frames: n. fps: of the video. scores: float64 [K], the mean over windows. curve: float64 [n], what each
    frame is worth. attended: the frames that were looked at, int64 [m], and their attention float64 [m].
    """

    frames: int
    fps: float
    scores: NDArray[np.float64]
    curve: NDArray[np.float64]
    attended: NDArray[np.int64]
    attention: NDArray[np.float64]

    @property
    def label(self) -> int:
        return int(self.scores.argmax())


class Highlighter:
    """The networks of a run, ready for videos.

    features: network -> (what reads it, its function). scales: as `Features` has them.
    """

    def __init__(
        self,
        recipe: Recipe,
        classes: Sequence[str],
        features: Mapping[str, tuple[Reader, Network]],
        says: Any,
        scales: Mapping[str, Path] = MappingProxyType({}),
    ) -> None:
        self.recipe, self.classes, self.features, self.says = recipe, tuple(classes), features, says
        self.scales = scales

    def watch(self, path: Path) -> Highlighted:
        """Look at a whole video. Raises BrokenVideo."""
        info = decode.probe(path)
        ref = VideoRef(path.stem, path, 0, path.stem)
        windows = networks.windows(self.recipe)
        starts = spread_starts(info.frames, windows)
        stored = {name: self._features(name, ref) for name in self.features}
        readers = {name: _reader(arrays) for name, arrays in stored.items()}
        sources = sources_of(self.recipe, readers, self.scales)
        said = self.says(read_windows(sources, ref, starts, windows))
        scores = said["frame"].mean(axis=(0, 1), dtype=np.float64)
        sure = said["frame"].mean(axis=1, dtype=np.float64)[:, scores.argmax()]
        attention = said["weights"].mean(axis=1, dtype=np.float64) * windows.attended
        frames = windows.attended_rows(starts) * windows.grid % info.frames
        attended, looked = _mean_by_frame(frames, attention)
        _, worth = _mean_by_frame(frames, attention * sure[:, None])
        curve = every_frame(attended, worth, info.frames)
        fps = info.fps if 0 < info.fps < math.inf else USUAL_FPS
        return Highlighted(info.frames, fps, scores, curve, attended, looked)

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
    shown, place, times = np.unique(frames, return_inverse=True, return_counts=True)
    return shown, np.bincount(place.ravel(), values.ravel()) / times


def _reader(arrays: Mapping[str, NDArray[np.float32]]) -> Any:
    def read_part(
        ref: VideoRef, start: int, stop: int, names: Sequence[str]
    ) -> dict[str, NDArray[np.float32]]:
        return {name: arrays[name][start:stop] for name in names}

    return read_part


def load_highlighter(folder: Path, weights_folder: Path) -> tuple[Highlighter, ExportedRun]:
    """The networks of a finished run of paper 3, and what its folder says of them.

    Raises InputError for another folder, and for a run whose main model has no attention.
    """
    run = ExportedRun.read(folder, 3)
    recipe, outputs = run.recipe_of(Recipe), run.fact("outputs")
    if recipe.architecture != "alstm":
        raise InputError(f"the model of {folder} has no attention; run a row of an aLSTM there first")
    features: dict[str, tuple[Reader, Network]] = {}
    for name in read_by(recipe):
        trained = run.network_file(name)
        built = networks.trained_network(recipe, name, outputs[name], weights_folder, trained)
        read, _ = networks.reader(recipe, name)
        features[name] = read, frame_function(feature_model(built), ("fc6", "fc8"))
    decoder = networks.trained_decoder(recipe, len(run.classes), outputs[recipe.attended], run.weights_file)
    looked_at = [recipe.attended] if standardises(recipe) else []
    scales = {name: run.network_file(scale_of(name)) for name in looked_at}
    return Highlighter(recipe, run.classes, features, decoder_says(decoder), scales), run

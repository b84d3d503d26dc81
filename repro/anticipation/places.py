"""Where the action-aware path looks: the share of its maps within the actor's box.

Paper 1, 4.1.2, and paper 2, 3.2.1, say that the class activation map lies on the action and that the gate
takes away what does not; no number is printed. Boxes are read here alone, never in training.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from repro.anticipation.features import map_network
from repro.anticipation.recipe import Recipe, frame_settings
from repro.anticipation.rows import MAPS
from repro.atomic import sha256_of, write_npz
from repro.datasets.boxes import Actors
from repro.evaluation.placement import covered, share_inside
from repro.experiment.experiment import Experiment
from repro.experiment.measure import Measured, measured
from repro.localisation.baselines import baseline_maps
from repro.types import Row, Tube, VideoRef
from repro.video import decode, geometry

FRAMES = 8  # of each video, spread over those that have a box


def shares_inside(experiment: Experiment, recipe: Recipe, name: str, trained: Path, actors: Actors) -> Path:
    """A file of the mean share of every test video that has boxes, 0..1: `video_ids`, and float64 [V] of each
    of `MAPS`. trained: of the two sub-models.
    """
    refs = [ref for ref in experiment.split.test if ref.video_id in actors]
    settings = {
        **experiment.scored_on(experiment.split.test),
        "recipe": frame_settings(recipe),
        "weights": sha256_of(trained),
        "frames": FRAMES,
        "boxes": {ref.video_id: _digest([actor.tube for actor in actors[ref.video_id]]) for ref in refs},
    }

    def make(path: Path) -> None:
        network = map_network(experiment, recipe, trained)
        by_video = [_of_video(network, recipe.size_px, ref, actors) for ref in refs]
        columns = {each: np.array([shares[each] for shares in by_video]) for each in MAPS}
        write_npz(path, {"video_ids": np.array([ref.video_id for ref in refs]), **columns})

    path = experiment.folder.path / "places" / f"{name}.npz"
    return experiment.artifact(f"places {name}", settings, path, make)


def measure_inside(row: Row, path: Path) -> tuple[Measured, int]:
    """A row's share in percent, with each video's own, and how many videos it is of."""
    with np.load(path, allow_pickle=False) as file:
        ids, shares = file["video_ids"], file[row.metric_options["map"]]
    return measured({"value": 100 * float(shares.mean())}, {"value": shares}, ids), len(ids)


def _of_video(network: keras.Model, size_px: int, ref: VideoRef, actors: Actors) -> dict[str, float]:
    """The mean over `FRAMES` frames of the share of each of `MAPS`."""
    tubes = [actor.tube for actor in actors[ref.video_id]]
    annotated = np.unique(np.concatenate([tube.frames for tube in tubes]))
    chosen = annotated[np.unique(np.linspace(0, len(annotated) - 1, FRAMES).round().astype(int))]
    frames = decode.read_frames(ref.path, chosen, ref.segment)
    images = np.stack([geometry.resize(frame, size_px, size_px) for frame in frames])
    maps = _maps(network.predict_on_batch(images))
    places = maps["map"].shape[1:]
    cover = np.stack([covered(_boxes(tubes, int(frame)), *frames.shape[1:3], *places) for frame in chosen])
    return {name: float(share_inside(maps[name], cover).mean()) for name in MAPS}


def _digest(tubes: Sequence[Tube]) -> str:
    """Of a video's frames and boxes: where the annotation changes, the shares are measured again."""
    whole = hashlib.sha256()
    for tube in tubes:
        whole.update(tube.frames.tobytes())
        whole.update(tube.boxes.tobytes())
    return whole.hexdigest()


def _boxes(tubes: Sequence[Tube], frame: int) -> NDArray[np.float64]:
    """The boxes of a frame, [n, 4]."""
    return np.concatenate([tube.boxes[tube.frames == frame] for tube in tubes])


def _maps(outputs: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.floating]]:
    """`MAPS` [n, h, w], 0 or more, of what the network gives of n frames."""
    chosen = outputs["map"][..., 0]
    frames, height, width = chosen.shape
    return {
        "map": np.maximum(chosen, 0),
        "conv5_3": outputs["conv5_3"].mean(axis=-1),
        "gated": outputs["gated"].mean(axis=-1),
        "even": np.ones_like(chosen),
        "middle": baseline_maps("middle", frames, height, width, np.random.default_rng()),
    }

"""What a model says of a test video, and where it looks (paper 3, 4.1): 40 windows and 40 mirrored.

A window's score is the mean of its N steps, a video's the mean of its 80 windows; each different window is
computed once and counted as often as it was drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro import score_file
from repro.atomic import sha256_of, write_npz
from repro.evaluation.highlighting import frame_weights
from repro.evaluation.windows import video_score
from repro.experiment.experiment import Experiment
from repro.inference.batched import of_all
from repro.input_pipeline.window_batches import Stored, read_windows
from repro.paper3 import networks
from repro.paper3.features import Features
from repro.paper3.recipe import Recipe, test_settings
from repro.sampling.windows import (
    Windows,
    attended_evaluations,
    chunk_evaluations,
    distinct,
)
from repro.types import Scores, VideoRef

PREDICT_BATCH = 32  # windows scored at once, the last ones padded: the decoder is traced once
Arrays = Mapping[str, NDArray[np.float32]]
Says = Callable[[Arrays], Arrays]  # windows [m, ...] -> probabilities, and attention where there is


class Outputs(NamedTuple):
    """What a model says of one video's windows.

    score: float64 [K]. frames, weights: which frames were attended to and how much, 1 as uniform; None
    without attention. first: w_{t,i} of the first window, float32 [N, T] ([1, T] in variant b).
    """

    score: NDArray[np.float64]
    frames: NDArray[np.int64] | None = None
    weights: NDArray[np.float64] | None = None
    first: NDArray[np.float32] | None = None


def score(
    experiment: Experiment, features: Features, recipe: Recipe, name: str, trained: Path | None
) -> Path:
    """One probability per class for every test video, as a score file [V, 1, K]; beside it, the attention.

    trained: None for C3D's own softmax, whose fc8 is stored.
    """
    settings = {
        **experiment.scored_on(experiment.split.test),
        "recipe": test_settings(recipe),
        "weights": trained and sha256_of(trained),
        "features": features.digest(recipe),
    }
    attention = attention_file(experiment, name) if recipe.architecture == "alstm" else None

    def make(path: Path) -> None:
        outputs = list(_each(experiment, features, recipe, name, trained))
        if attention is not None:
            write_npz(attention, _as_arrays(experiment.split.test, outputs))
        score_file.write(path, _as_scores(experiment, recipe, experiment.split.test, outputs))

    path = experiment.folder.path / "scores" / f"{name}.npz"
    return experiment.artifact(f"score {name}", settings, path, make, beside=attention)


def attention_file(experiment: Experiment, name: str) -> Path:
    """Where the attention of a model in the test videos lies."""
    return experiment.folder.path / "attention" / f"{name}.npz"


def _each(
    experiment: Experiment, features: Features, recipe: Recipe, name: str, trained: Path | None
) -> Iterator[Outputs]:
    sources = features.sources(recipe)
    if trained is None:
        sources = {"input": Stored(features.stores[recipe.input].read_part, "fc8")}
        says: Says = partial(cnn_says, networks.output_of(recipe))
    else:
        attended = features.attended(recipe)
        says = decoder_says(networks.trained_decoder(recipe, experiment.classes, attended, trained))
    bar = tqdm(
        experiment.split.test, desc=f"scoring {name}", unit="video", mininterval=0.5, dynamic_ncols=True
    )
    for ref in bar:
        yield look(says, sources, recipe, ref, experiment.lengths_frames[ref.video_id], experiment.seed)


def cnn_says(output: str, inputs: Arrays) -> Arrays:
    """C3D's probabilities of every chunk, from its stored fc8."""
    raw = inputs["input"].astype(np.float64)
    if output == "sigmoid":
        return {"frame": (1 / (1 + np.exp(-raw))).astype(np.float32)}
    powers = np.exp(raw - raw.max(axis=-1, keepdims=True))
    return {"frame": (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)}


def decoder_says(built: keras.Model) -> Says:
    """A decoder on any number of windows."""
    return partial(of_all, built.predict_on_batch, size=PREDICT_BATCH)


def look(
    says: Says, sources: Mapping[str, Stored], recipe: Recipe, ref: VideoRef, length: int, seed: int
) -> Outputs:
    """What a model says of a video of `length` frames by its drawn windows."""
    windows = networks.windows(recipe)
    drawn = networks.test_windows(recipe, ref.video_id, length, seed)
    starts, times = zip(*(distinct(each) for each in drawn), strict=True)
    read = [
        read_windows(sources, ref, each, windows, flipped=flipped)
        for each, flipped in zip(starts, (False, True), strict=True)
        if len(each)
    ]
    outputs = says({name: np.concatenate([part[name] for part in read]) for name in read[0]})
    counted = np.concatenate(times)
    score = video_score(outputs["frame"], counted)
    if "weights" not in outputs:
        return Outputs(score)
    # One weight a frame and window: the mean over the steps (A9).
    by_window = np.repeat(outputs["weights"].mean(axis=1, dtype=np.float64), counted, axis=0)
    frames = np.repeat(_attended_frames(windows, np.concatenate(starts), length), counted, axis=0)
    return Outputs(score, *frame_weights(by_window, frames, length), outputs["weights"][0])


def _attended_frames(windows: Windows, starts: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """int64 [n, T]; of a video repeated to fill a window, the frames of the file."""
    return windows.attended_rows(starts) * windows.grid % length


def _as_scores(
    experiment: Experiment, recipe: Recipe, refs: tuple[VideoRef, ...], outputs: list[Outputs]
) -> Scores:
    positive = None
    if recipe.task == "hollywood2":
        positive = np.zeros((len(refs), experiment.classes), bool)
        for row, ref in enumerate(refs):
            positive[row, [ref.label, *ref.others]] = True
    return experiment.scores_of(refs, np.stack([each.score for each in outputs]), positive)


def _as_arrays(refs: tuple[VideoRef, ...], outputs: list[Outputs]) -> dict[str, NDArray]:
    """All videos one behind the other: those of number v lie at ends[v - 1] to ends[v]."""
    frames = [each.frames for each in outputs if each.frames is not None]
    weights = [each.weights for each in outputs if each.weights is not None]
    return {
        "video_ids": np.array([ref.video_id for ref in refs], np.str_),
        "ends": np.cumsum([len(each) for each in frames]),
        "frames": np.concatenate(frames),
        "weights": np.concatenate(weights),
        "first": np.stack([each.first for each in outputs if each.first is not None]),
    }


def read_attention(path: Path) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """The frames and weights of an attention file by video_id."""
    with np.load(path, allow_pickle=False) as arrays:
        ends = arrays["ends"]
        frames, weights = (np.split(arrays[name], ends[:-1]) for name in ("frames", "weights"))
        ids = [str(video_id) for video_id in arrays["video_ids"]]
    return dict(zip(ids, zip(frames, weights, strict=True), strict=True))


def first_windows(path: Path) -> dict[str, NDArray[np.float32]]:
    """w_{t,i} of each video's first window by video_id, float32 [N, T]."""
    with np.load(path, allow_pickle=False) as arrays:
        return dict(zip([str(i) for i in arrays["video_ids"]], arrays["first"], strict=True))


def evaluations(experiment: Experiment) -> list[str]:
    """How often C3D and a VGG-19 run for all test videos together, beside the naive and the least number."""
    windows = networks.windows(experiment.recipe)
    totals = {"C3D": np.zeros(3, int), "VGG-19": np.zeros(3, int)}
    for ref in experiment.split.test:
        length = experiment.lengths_frames[ref.video_id]
        drawn = networks.test_windows(experiment.recipe, ref.video_id, length, experiment.seed)
        totals["C3D"] += chunk_evaluations(length, windows, *drawn)
        totals["VGG-19"] += attended_evaluations(length, windows, *drawn)
    return [
        f"      {name} ran {computed} times for the test videos (every row of the grid once); "
        f"the drawn windows touch {least}, one by one they would take {naive}"
        for name, (naive, computed, least) in totals.items()
    ]

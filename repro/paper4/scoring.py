"""What a model says of a test video (paper 4, 5.2): 25 segments, the sum over their frames, their mean.

    s(c) = 1/25 sum_j  1/T sum_t p_{j,t}(c)

The paper sums over the T frames; dividing by T leaves a probability and every decision as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro import score_file
from repro.atomic import sha256_of
from repro.experiment.experiment import Experiment
from repro.experiment.streams import Arrays, Streams
from repro.inference.batched import of_each
from repro.input_pipeline.snippet_batches import read_snippets
from repro.paper4.networks import trained_sequence
from repro.paper4.recipe import Recipe, test_settings
from repro.sampling.frames import spaced
from repro.sampling.segments import segment_starts
from repro.types import VideoRef

PREDICT_BATCH = 64  # snippets scored at once; only memory depends on it


def score(
    experiment: Experiment,
    streams: Streams,
    recipe: Recipe,
    name: str,
    trained: Path | None,
    *,
    subset: str = "test",
) -> Path:
    """One probability per class for every video of a subset, as a score file [V, 1, K].

    trained: None for a ConvNet, whose softmax is stored with its features. subset: `test`, or `validation`
    for the held-out training videos.
    """
    refs = experiment.subset(subset, recipe.validation_fraction)
    settings = {
        **experiment.scored_on(refs),
        "recipe": test_settings(recipe),
        "weights": trained and sha256_of(trained),
        "features": streams.digest,
        "part": subset,
    }
    name = name if subset == "test" else f"{name}-{subset}"

    def make(path: Path) -> None:
        if trained is None:
            scores = np.stack([_convnet(streams, recipe, ref) for ref in refs])
        else:
            network = trained_sequence(recipe, experiment.classes, trained)
            scores = _over_segments(network, streams, recipe, refs, experiment.classes)
        score_file.write(path, experiment.scores_of(refs, scores))

    return experiment.artifact(
        f"score {name}", settings, experiment.folder.path / "scores" / f"{name}.npz", make
    )


def _convnet(streams: Streams, recipe: Recipe, ref: VideoRef) -> NDArray[np.float64]:
    """The mean softmax of VGG-16 over its frames of a video: float64 [K]."""
    frames = streams.frames(ref)
    scores = streams.read(ref, 0, frames)["softmax"].astype(np.float64)
    mean: NDArray[np.float64] = scores[convnet_frames(recipe, frames)].mean(axis=(0, 1))
    return mean


def convnet_frames(recipe: Recipe, frames: int) -> NDArray[np.int64]:
    """The frames of a video of F = `frames` over which a ConvNet's softmax is averaged (A7).

    The same as the LSTM models see, int64 [segments, T], as often as these see them; or so many as the recipe
    says, equally spaced, [n, 1], all of them where there are fewer.
    """
    if recipe.convnet_frames:
        return spaced(recipe.convnet_frames, frames)[:, None]
    starts = segment_starts(frames, recipe.steps, recipe.segments, recipe.segment_rule)
    return np.minimum(starts[:, None] + np.arange(recipe.steps), frames - 1)


def _over_segments(
    network: keras.Model, streams: Streams, recipe: Recipe, refs: tuple[VideoRef, ...], classes: int
) -> NDArray[np.float64]:
    """float64 [V, K]. Segments that start at the same frame are computed once and counted as often."""
    scores = np.zeros((len(refs), classes))
    segments = _segments(streams, recipe, refs)
    for (video, share), outputs in of_each(network.predict_on_batch, segments, PREDICT_BATCH):
        scores[video] += share * outputs["frame"].astype(np.float64).mean(axis=0)
    return scores


def _segments(
    streams: Streams, recipe: Recipe, refs: tuple[VideoRef, ...]
) -> Iterator[tuple[tuple[int, float], Arrays]]:
    """(video, share of its score), inputs [T, ...] of each different segment."""
    videos = tqdm(refs, desc="scoring", unit="video", mininterval=0.5, dynamic_ncols=True)
    for video, ref in enumerate(videos):
        frames = streams.frames(ref)
        starts, counts = np.unique(
            segment_starts(frames, recipe.steps, recipe.segments, recipe.segment_rule), return_counts=True
        )
        inputs = read_snippets(streams.read, ref, frames, starts.tolist(), recipe.steps)
        for number, count in enumerate(counts.tolist()):
            share = count / recipe.segments
            yield (video, share), {name: array[number] for name, array in inputs.items()}

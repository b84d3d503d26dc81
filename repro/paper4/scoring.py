"""What a model says of a test video (paper 4, section 6): 25 segments, the sum over their frames, their mean.

    s(c) = 1/25 sum_j  1/T sum_t p_{j,t}(c)

The paper sums over the T frames; dividing by T leaves a probability and every decision as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro import score_file
from repro.backbones import weights
from repro.datasets import hold_out
from repro.experiment.job import Job
from repro.input_pipeline.snippet_batches import read_snippets
from repro.paper4.recipe import Recipe, test_settings
from repro.paper4.stages import Arrays, Streams, feeds, trained_sequence
from repro.sampling.segments import segment_starts
from repro.types import VideoRef

PREDICT_BATCH = 64  # snippets scored at once; only memory depends on it


def score(
    job: Job, streams: Streams, recipe: Recipe, name: str, trained: Path | None, *, part: str = "test"
) -> Path:
    """One probability per class for every video of a part, as a score file [V, 1, K].

    trained: None for a ConvNet, whose softmax is stored with its features. part: `test`, or `validation` for
    the held-out training videos.
    """
    refs = job.split.test
    if part == "validation":
        _, refs = hold_out(job.split.train, recipe.validation_fraction, job.seed)
    settings = {
        **job.said_of(refs),
        "recipe": test_settings(recipe),
        "weights": trained and weights.checksum(trained),
        "features": streams.digest,
        "part": part,
    }
    name = name if part == "test" else f"{name}-{part}"
    path = job.folder.path / "scores" / f"{name}.npz"
    if not job.folder.finished(f"score {name}", settings) or not path.exists():
        if trained is None:
            said = np.stack([_convnet(streams, recipe, ref) for ref in refs])
        else:
            network = trained_sequence(recipe, len(job.split.classes), trained)
            said = _over_segments(network, streams, recipe, refs, len(job.split.classes))
        score_file.write(path, job.scores_of(refs, said))
        job.folder.finish(f"score {name}", settings)
    return path


def _convnet(streams: Streams, recipe: Recipe, ref: VideoRef) -> NDArray[np.float64]:
    """The mean softmax of VGG-16 over the same frames as the LSTM models see (10.7)."""
    frames = streams.frames(ref)
    said = streams.read(feeds(recipe), ref, 0, frames)["softmax"].astype(np.float64)
    starts = segment_starts(frames, recipe.steps, recipe.segments, recipe.segment_rule)
    seen = np.minimum(starts[:, None] + np.arange(recipe.steps), frames - 1)
    mean: NDArray[np.float64] = said[seen].mean(axis=(0, 1))
    return mean


def _over_segments(
    network: keras.Model, streams: Streams, recipe: Recipe, refs: tuple[VideoRef, ...], classes: int
) -> NDArray[np.float64]:
    """float64 [V, K]. Segments that start at the same frame are computed once and counted as often."""
    said = np.zeros((len(refs), classes))
    waiting: list[tuple[int, float, Arrays]] = []
    with tqdm(total=len(refs), desc="scoring", unit="video", mininterval=0.5, dynamic_ncols=True) as progress:
        for item in _segments(streams, recipe, refs, progress):
            waiting.append(item)
            if len(waiting) == PREDICT_BATCH:
                _add(said, network, waiting)
                waiting = []
        if waiting:
            _add(said, network, waiting)
    return said


def _segments(
    streams: Streams, recipe: Recipe, refs: tuple[VideoRef, ...], progress: tqdm
) -> Iterator[tuple[int, float, Arrays]]:
    """(video, share of its score, inputs [T, ...]) of each different segment."""
    read = partial(streams.read, feeds(recipe))
    for video, ref in enumerate(refs):
        frames = streams.frames(ref)
        starts, counts = np.unique(
            segment_starts(frames, recipe.steps, recipe.segments, recipe.segment_rule), return_counts=True
        )
        inputs = read_snippets(read, ref, frames, starts.tolist(), recipe.steps)
        for number, count in enumerate(counts.tolist()):
            yield video, count / recipe.segments, {name: array[number] for name, array in inputs.items()}
        progress.update()


def _add(said: NDArray[np.float64], network: keras.Model, waiting: list[tuple[int, float, Arrays]]) -> None:
    inputs = {name: np.stack([item[2][name] for item in waiting]) for name in waiting[0][2]}
    frames = np.asarray(network.predict_on_batch(inputs)["frame"], np.float64)
    for (video, share, _), probabilities in zip(waiting, frames, strict=True):
        said[video] += share * probabilities.mean(axis=0)

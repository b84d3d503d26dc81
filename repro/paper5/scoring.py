"""What a model says of a test video: 16 frames decide each clip, the clips the video (C16, C17)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro import score_file
from repro.atomic import sha256_of
from repro.evaluation.clips import video_score
from repro.experiment.experiment import Experiment
from repro.experiment.streams import Arrays, Streams
from repro.inference.batched import of_each
from repro.input_pipeline.snippet_batches import read_snippets
from repro.paper5.losses import energy
from repro.paper5.recipe import Recipe, test_settings
from repro.sampling.clips import clip_starts
from repro.types import VideoRef

PREDICT_BATCH = 32  # clips scored at once, the last ones padded: the model is traced once


class Outputs(NamedTuple):
    """What a model computes of one clip.

    numbers: int64 [T], the frames of the video. frame: probabilities [T, K]. attention: [T, h, w], sums to 1
    over the places. energies: e of the branches by name, [T, h, w]; with no branch loss too.
    """

    numbers: NDArray[np.int64]
    frame: NDArray[np.float32]
    attention: NDArray[np.float32]
    energies: dict[str, NDArray[np.float32]]


def score(
    experiment: Experiment,
    streams: Streams,
    recipe: Recipe,
    name: str,
    trained: Path,
    views: Callable[[], keras.Model],
) -> Path:
    """One score per class for every test video, whose largest is the decision: a score file [V, 1, K].

    views: gives the model with the weights `trained`, as at test time.
    """
    refs = experiment.split.test
    settings = {
        **experiment.scored_on(refs),
        "recipe": test_settings(recipe),
        "weights": sha256_of(trained),
        "features": streams.digest,
    }

    def make(path: Path) -> None:
        clips = of_each(views().predict_on_batch, _clips(streams, recipe, refs), PREDICT_BATCH)
        scores = [
            video_score(
                np.stack([outputs["frame"] for _, outputs in of_video]).astype(np.float64),
                recipe.last_frames,
                recipe.clip_rule,
                recipe.video_rule,
            )
            for _, of_video in groupby(clips, key=itemgetter(0))
        ]
        score_file.write(path, experiment.scores_of(refs, np.stack(scores)))

    return experiment.artifact(
        f"score {name}", settings, experiment.folder.path / "scores" / f"{name}.npz", make
    )


def look(network: keras.Model, streams: Streams, recipe: Recipe, ref: VideoRef) -> Outputs:
    """The first clip of a video, as a model sees it at test time."""
    frames = streams.frames(ref)
    clip = read_snippets(streams.read, ref, frames, [0], recipe.clip_len)
    outputs = {name: np.asarray(array)[0] for name, array in network.predict_on_batch(clip).items()}
    return Outputs(
        np.minimum(np.arange(recipe.clip_len), frames - 1) * recipe.frame_step,
        outputs["frame"],
        outputs["attention"],
        {branch: outputs[f"energy/{branch}"] for branch in recipe.branches},
    )


def responses(streams: Streams, recipe: Recipe, ref: VideoRef) -> dict[str, NDArray[np.float32]]:
    """Where the frame network responds in the same clip: e of the stored maps, [T, h, w] by branch.

    No attention has had a part in them, as it has in the maps of a model with the regulariser.
    """
    clip = read_snippets(streams.read, ref, streams.frames(ref), [0], recipe.clip_len)
    return {branch: np.asarray(energy(maps))[0] for branch, maps in clip.items()}


def _clips(streams: Streams, recipe: Recipe, refs: tuple[VideoRef, ...]) -> Iterator[tuple[int, Arrays]]:
    """Video, inputs [T, ...] of each clip."""
    videos = tqdm(refs, desc="scoring", unit="video", mininterval=0.5, dynamic_ncols=True)
    for video, ref in enumerate(videos):
        frames = streams.frames(ref)
        for start in clip_starts(frames, recipe.clip_len, recipe.test_stride).tolist():
            clip = read_snippets(streams.read, ref, frames, [start], recipe.clip_len)
            yield video, {name: array[0] for name, array in clip.items()}

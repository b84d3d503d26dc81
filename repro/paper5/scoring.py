"""What a model says of a test video: 16 frames decide each clip, the clips the video (C16, C17)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro import score_file
from repro.backbones import weights
from repro.evaluation.clips import video_score
from repro.experiment.job import Job
from repro.input_pipeline.snippet_batches import read_snippets
from repro.paper5 import model
from repro.paper5.recipe import Recipe, test_settings
from repro.paper5.stages import Streams, feature_scales, trained_sequence
from repro.sampling.clips import clip_starts
from repro.types import VideoRef

PREDICT_BATCH = 32  # clips scored at once, the last ones padded: the model is traced once


class Looked(NamedTuple):
    """One clip as a model saw it.

    numbers: int64 [T], the frames of the video. frame: probabilities [T, K]. attention: [T, h, w], sums to 1
    over the places. energies: e of the branches by name, [T, h, w]; with no branch loss too.
    """

    numbers: NDArray[np.int64]
    frame: NDArray[np.float32]
    attention: NDArray[np.float32]
    energies: dict[str, NDArray[np.float32]]


def score(job: Job, streams: Streams, recipe: Recipe, name: str, trained: Path) -> Path:
    """One score per class for every test video, whose largest is the decision: a score file [V, 1, K]."""
    settings = {
        **job.said_of(job.split.test),
        "recipe": test_settings(recipe),
        "weights": weights.checksum(trained),
        "features": streams.digest,
    }
    path = job.folder.path / "scores" / f"{name}.npz"
    if not job.folder.finished(f"score {name}", settings) or not path.exists():
        network = viewing(job, streams, recipe, trained)
        said = np.stack(
            [
                video_score(clips, recipe.last_frames, recipe.clip_rule, recipe.video_rule)
                for clips in _clips_by_video(network, streams, recipe, job.split.test)
            ]
        )
        score_file.write(path, job.scores_of(job.split.test, said))
        job.folder.finish(f"score {name}", settings)
    return path


def viewing(job: Job, streams: Streams, recipe: Recipe, trained: Path) -> keras.Model:
    """The trained model as at test time: {branch: [B, T, h, w, C]} -> frame, attention, energies."""
    scales = feature_scales(job, streams, recipe)
    return model.views(trained_sequence(recipe, len(job.split.classes), trained, scales))


def look(network: keras.Model, streams: Streams, recipe: Recipe, ref: VideoRef) -> Looked:
    """The first clip of a video, as `viewing` sees it."""
    frames = streams.frames(ref)
    clip = read_snippets(partial(streams.read, recipe), ref, frames, [0], recipe.clip_len)
    said = {name: np.asarray(array)[0] for name, array in network.predict_on_batch(clip).items()}
    return Looked(
        np.minimum(np.arange(recipe.clip_len), frames - 1),
        said["frame"],
        said["attention"],
        {branch: said[f"energy/{branch}"] for branch in recipe.branches},
    )


def _clips_by_video(
    network: keras.Model, streams: Streams, recipe: Recipe, refs: tuple[VideoRef, ...]
) -> Iterator[NDArray[np.float64]]:
    """float64 [N, T, K] of each video in turn; a batch takes clips of several videos."""
    counts = [len(clip_starts(streams.frames(ref), recipe.clip_len, recipe.test_stride)) for ref in refs]
    waiting: list[NDArray[np.float64]] = []
    remaining = iter(zip(counts, refs, strict=True))
    with tqdm(
        total=sum(counts), desc="scoring", unit="clip", mininterval=0.5, dynamic_ncols=True
    ) as progress:
        wanted, _ = next(remaining)
        for said in _batches(network, streams, recipe, refs):
            waiting += list(said)
            progress.update(len(said))
            while wanted and len(waiting) >= wanted:
                yield np.stack(waiting[:wanted])
                waiting = waiting[wanted:]
                wanted, _ = next(remaining, (0, None))


def _batches(
    network: keras.Model, streams: Streams, recipe: Recipe, refs: tuple[VideoRef, ...]
) -> Iterator[NDArray[np.float64]]:
    batch: list[dict[str, NDArray[np.float32]]] = []
    for ref in refs:
        frames = streams.frames(ref)
        for start in clip_starts(frames, recipe.clip_len, recipe.test_stride).tolist():
            clip = read_snippets(partial(streams.read, recipe), ref, frames, [start], recipe.clip_len)
            batch.append({name: array[0] for name, array in clip.items()})
            if len(batch) == PREDICT_BATCH:
                yield _said(network, batch)
                batch = []
    if batch:
        yield _said(network, batch)


def _said(network: keras.Model, batch: list[dict[str, NDArray[np.float32]]]) -> NDArray[np.float64]:
    full = batch + [batch[-1]] * (PREDICT_BATCH - len(batch))
    inputs = {name: np.stack([clip[name] for clip in full]) for name in batch[0]}
    return np.asarray(network.predict_on_batch(inputs)["frame"], np.float64)[: len(batch)]

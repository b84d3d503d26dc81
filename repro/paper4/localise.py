"""One action tube per test video from the attention maps (paper 4, section 4), beside the true ones.

The maps of a video longer than T frames come from windows of T frames (A10), or from one pass over it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro.atomic import sha256_of
from repro.experiment.experiment import Experiment
from repro.experiment.streams import Arrays, Streams
from repro.input_pipeline.snippet_batches import ReadPart, read_snippets
from repro.localisation import tube_file
from repro.localisation.baselines import baseline_maps
from repro.localisation.tube import LocalisationSettings, tube
from repro.paper4 import model
from repro.paper4.networks import build, trained_sequence
from repro.paper4.recipe import Recipe, localisation_settings
from repro.sampling.covering import lasting, stitched, windows
from repro.training.seeding import seed_everything
from repro.types import InputError, Tube, TubeComparison, VideoRef
from repro.video import decode

TRAINED, UNTRAINED = "trained", "untrained"  # whose maps the tubes are made of, beside the baselines
Truth = Mapping[str, Sequence[tuple[int, Tube]]]


class Outputs(NamedTuple):
    """What a model says of every frame: probabilities [F, K], its memory [F, U] or [F, h, w, U], and where it
    has attention the maps [F, h, w].
    """

    frame: NDArray[np.float32]
    cell: NDArray[np.float32]
    attention: NDArray[np.float32] | None = None


Look = Callable[[VideoRef], Outputs]
Maps = Callable[[VideoRef, NDArray[np.float32]], NDArray[np.floating]]
Says = Callable[[ReadPart, VideoRef, int], Arrays]


def localise(
    experiment: Experiment, streams: Streams, recipe: Recipe, name: str, trained: Path, maps: str = TRAINED
) -> Path:
    """The tubes of all test videos as a file: raw and smoothed, with the mean frame softmax as confidence.

    maps: those of the `trained` model, or what these are compared with: of the model as it was drawn before
    training, `untrained`, or one of `BASELINES`; the confidence is the trained model's in any case.
    """
    settings = {
        **experiment.scored_on(experiment.split.test),
        "recipe": localisation_settings(recipe),
        "maps": maps,
        "weights": sha256_of(trained),
        "features": streams.digest,
    }

    def make(path: Path) -> None:
        look, maps_of = viewer(experiment, streams, recipe, trained), _maps(experiment, streams, recipe, maps)
        entries = {}
        for ref in tqdm(
            experiment.split.test, desc="localising", unit="video", mininterval=0.5, dynamic_ncols=True
        ):
            outputs = look(ref)
            info = decode.probe(ref.path)
            tubes = tube(
                maps_of(ref, _attention(outputs)),
                frame_height=info.height_px,
                frame_width=info.width_px,
                settings=chain(recipe),
            )
            entries[ref.video_id] = tube_file.Entry(tubes, outputs.frame.mean(axis=0))
        tube_file.write(path, entries)

    name = name if maps == TRAINED else f"{name}-{maps}"
    return experiment.artifact(
        f"tubes {name}", settings, experiment.folder.path / "tubes" / f"{name}.npz", make
    )


def _maps(experiment: Experiment, streams: Streams, recipe: Recipe, kind: str) -> Maps:
    """A video and the maps [F, h, w] that the trained model has for it -> those of the kind asked for."""
    if kind == TRAINED:
        return lambda ref, attention: attention
    if kind == UNTRAINED:
        look = viewer(experiment, streams, recipe, None)
        return lambda ref, attention: _attention(look(ref))
    rng = np.random.default_rng(experiment.seed)

    def drawn(ref: VideoRef, attention: NDArray[np.float32]) -> NDArray[np.float64]:
        frames, height, width = attention.shape
        return baseline_maps(kind, frames, height, width, rng)

    return drawn


def _attention(outputs: Outputs) -> NDArray[np.float32]:
    if outputs.attention is None:
        raise ValueError("a model without attention; wanted one that attends")
    return outputs.attention


def chain(recipe: Recipe) -> LocalisationSettings:
    """The recipe's numbers of the chain from map to tube."""
    return LocalisationSettings(**{f.name: vars(recipe)[f.name] for f in fields(LocalisationSettings)})


def viewer(experiment: Experiment, streams: Streams, recipe: Recipe, trained: Path | None) -> Look:
    """The model's outputs for each frame of a video; the last frame, which has no flow,
    repeats the one before. trained: its weights; None: as before training, drawn by the run's seed.
    """
    if trained is None:
        seed_everything(experiment.seed)
        network = build(recipe, experiment.classes)
    else:
        network = trained_sequence(recipe, experiment.classes, trained)
    outputs_of = _in_one_pass(network) if recipe.feeding == "whole" else _in_windows(network, recipe.steps)

    def look(ref: VideoRef) -> Outputs:
        frames = streams.frames(ref)
        arrays = outputs_of(streams.read, ref, frames)
        length = experiment.lengths_frames[ref.video_id]
        # A frame between those that are read has what the one before it gave.
        each = {name: np.repeat(array, recipe.frame_step, axis=0)[:length] for name, array in arrays.items()}
        return Outputs(**{name: lasting(array, length) for name, array in each.items()})

    return look


def _in_windows(network: keras.Model, steps: int) -> Says:
    """Windows of T frames, each with a state of its own (A10 a)."""
    views = model.views(network)

    def outputs_of(read: ReadPart, ref: VideoRef, frames: int) -> Arrays:
        starts = [window.start for window in windows(frames, steps)]
        inputs = read_snippets(read, ref, frames, starts, steps)
        outputs = views.predict_on_batch(inputs)
        return {name: stitched(np.asarray(array), frames) for name, array in outputs.items()}

    return outputs_of


def _in_one_pass(network: keras.Model) -> Says:
    """Frame by frame, the state carried to the end, as a stream comes (A10 b)."""
    step = model.step_model(network)
    names = [name for name in ("frame", "attention") if name in step.output]

    def outputs_of(read: ReadPart, ref: VideoRef, frames: int) -> Arrays:
        inputs = read(ref, 0, frames)
        state = model.start(network, {name: array[:1] for name, array in inputs.items()})
        outputs = []
        for t in range(frames):
            now = step.predict_on_batch({**{n: a[t : t + 1] for n, a in inputs.items()}, **state})
            state = {name: now[name] for name in state}
            outputs.append({"cell": state["c"][0], **{name: now[name][0] for name in names}})
        return {name: np.stack([frame[name] for frame in outputs]) for name in outputs[0]}

    return outputs_of


def compared(path: Path, truth: Truth, *, smoothed: bool) -> TubeComparison:
    """The tubes of a file beside the true ones, of the videos that have boxes."""
    entries = tube_file.read(path)
    with_boxes = [video_id for video_id in entries if video_id in truth]
    if not with_boxes:
        raise InputError("no test video has boxes; rows fig4 need the data set's annotation")
    chosen: dict[str, Any] = {video_id: entries[video_id] for video_id in with_boxes}
    return TubeComparison(
        tubes={v: entry.tubes.smoothed if smoothed else entry.tubes.raw for v, entry in chosen.items()},
        scores={v: entry.scores for v, entry in chosen.items()},
        truth={v: truth[v] for v in with_boxes},
    )

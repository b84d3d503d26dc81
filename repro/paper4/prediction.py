"""A finished run of paper 4 on any video: frames go in one after the other; label, attention and box out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import keras
import numpy as np
from numpy.typing import NDArray

from repro.experiment.exported import ExportedRun
from repro.features.flow_store import FlowSettings, coded_between
from repro.features.network import frame_function
from repro.inference.options import PredictionOptions
from repro.inference.prediction import VideoPrediction
from repro.inference.stream import Advance, Images, Memory, Outputs, Stream
from repro.inference.stream_predictor import StreamPredictor
from repro.paper4 import model, networks
from repro.paper4.localise import chain
from repro.paper4.recipe import Recipe
from repro.report.live import render_live
from repro.types import Frames, InputError

Inputs = dict[str, NDArray[np.float32]]
Features = Callable[[Images], Inputs]


def predictor(run: ExportedRun, options: PredictionOptions) -> StreamPredictor:
    """The trained networks of a run.

    InputError for one of another version, and one whose model is a ConvNet without memory.
    """
    recipe = run.recipe_of(Recipe)
    network, streams = trained_networks(run, recipe)
    return StreamPredictor(stream_of(recipe, run.classes, network, streams, recipe.steps), render)


def trained_networks(run: ExportedRun, recipe: Recipe) -> tuple[keras.Model, dict[str, keras.Model]]:
    """The sequence model of a run, and `networks.endpoints` of each stream that it reads.

    InputError for a ConvNet without memory.
    """
    if recipe.architecture == networks.CONVNET:
        raise InputError(f"the model of {run.folder} is a ConvNet without memory; name a run of another row")
    classes = len(run.classes)
    network = networks.trained_sequence(recipe, classes, run.weights_file)
    trunk = run.network_file("trunk") if recipe.lite else None
    streams = {
        stream: networks.endpoints(recipe, stream, classes, run.network_file(stream), trunk)
        for stream in networks.streams_of(recipe)
    }
    return network, streams


def stream_of(
    recipe: Recipe,
    classes: Sequence[str],
    network: keras.Model,
    streams: Mapping[str, keras.Model],
    window_frames: int | None,
) -> Stream:
    """The recipe's sequence model behind `networks.endpoints` of each stream that it reads, K classes."""
    motion = partial(coded_between, settings=FlowSettings.of(recipe)) if "flow" in streams else None
    return Stream(
        advance(network, features(recipe, streams)),
        classes,
        recipe.size_px,
        window_frames,
        motion=motion,
        localisation=chain(recipe),
        every=recipe.frame_step,
    )


def features(recipe: Recipe, streams: Mapping[str, keras.Model]) -> Features:
    """The images of a frame -> the model's inputs float32 [1, ...] by name; each stream's network runs once.

    They are rounded to the type features are stored in, so that a stream sees what training saw.
    """
    feeds = networks.feeds(recipe)
    read = {
        stream: frame_function(network, [end for of, end in feeds.values() if of == stream])
        for stream, network in streams.items()
    }

    def run(images: Images) -> Inputs:
        maps = {stream: network(images[stream]) for stream, network in read.items()}
        return {
            name: np.asarray(maps[stream][endpoint], recipe.feature_dtype).astype(np.float32)
            for name, (stream, endpoint) in feeds.items()
        }

    return run


def advance(network: keras.Model, features: Features) -> Advance:
    """What a `Stream` runs at every frame: its features and one step of the sequence model."""
    step = model.step_model(network)
    step.jit_compile = False  # XLA is slower on a CPU and takes seconds to compile

    def run(images: Images, memory: Memory | None) -> tuple[Outputs, Memory]:
        inputs = features(images)
        before = model.start(network, inputs) if memory is None else memory
        now = step.predict_on_batch({**inputs, **before})
        outputs = {name: array for name, array in now.items() if name not in before}
        return outputs, {name: now[name] for name in before}

    return run


def render(frames: Iterable[NDArray[np.uint8]], prediction: VideoPrediction) -> Iterator[Frames]:
    """Label, attention and box in each frame."""
    averaged, attention, boxes = prediction.averaged, prediction.attention, prediction.boxes
    assert averaged is not None
    for t, (frame, mean) in enumerate(zip(frames, averaged, strict=True)):
        label = int(mean.argmax())
        yield render_live(
            frame,
            prediction.classes[label],
            float(mean[label]),
            attention=None if attention is None else attention[t],
            edges=None if boxes is None else boxes[t],
            note=f"{t / prediction.fps:.2f} s",
        )

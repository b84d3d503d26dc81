"""A finished run of paper 4 on any video: frames go in one after the other; label, attention and box out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import keras
import numpy as np
from numpy.typing import NDArray

from repro.backbones.vgg import endpoint_model
from repro.experiment.exported import ExportedRun
from repro.features.network import frame_function
from repro.flow import coding, tvl1
from repro.inference.options import PredictionOptions
from repro.inference.prediction import VideoPrediction
from repro.inference.stream import Advance, Images, Memory, Motion, Outputs, Stream
from repro.inference.stream_predictor import StreamPredictor
from repro.paper4 import model, networks
from repro.paper4.localise import chain
from repro.paper4.recipe import Recipe
from repro.report.live import draw_live
from repro.types import Frames, InputError
from repro.video import geometry

Inputs = dict[str, NDArray[np.float32]]
Features = Callable[[Images], Inputs]


def predictor(run: ExportedRun, options: PredictionOptions) -> StreamPredictor:
    """The trained networks of a run.

    InputError for one of another version, and one whose model is a ConvNet without memory.
    """
    recipe = run.recipe_of(Recipe)
    if recipe.architecture == networks.CONVNET:
        raise InputError(f"the model of {run.folder} is a VGG-16 without memory; name a run of another row")
    classes = len(run.classes)
    network = networks.trained_sequence(recipe, classes, run.weights_file)
    streams = {
        stream: networks.trained_stream_network(recipe, stream, classes, run.network_file(stream))
        for stream in networks.streams_of(recipe)
    }
    return StreamPredictor(stream_of(recipe, run.classes, network, streams, recipe.steps), draw)


def stream_of(
    recipe: Recipe,
    classes: Sequence[str],
    network: keras.Model,
    streams: Mapping[str, keras.Model],
    window_frames: int | None,
) -> Stream:
    """The recipe's sequence model behind the VGG-16 of each stream that it reads, K classes."""
    return Stream(
        advance(network, features(recipe, streams)),
        classes,
        recipe.size_px,
        window_frames,
        motion=coded_field(recipe) if "flow" in streams else None,
        localisation=chain(recipe),
    )


def features(recipe: Recipe, streams: Mapping[str, keras.Model]) -> Features:
    """The images of a frame -> the model's inputs float32 [1, ...] by name; each VGG-16 runs once.

    They are rounded to the type features are stored in, so that a stream sees what training saw.
    """
    feeds = networks.feeds(recipe)
    vggs = {
        stream: frame_function(endpoint_model(vgg), [end for of, end in feeds.values() if of == stream])
        for stream, vgg in streams.items()
    }

    def run(images: Images) -> Inputs:
        maps = {stream: network(images[stream]) for stream, network in vggs.items()}
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


def coded_field(recipe: Recipe) -> Motion:
    """The field between two frames as it is stored: at the flow's size, coded, through its JPEGs."""
    size = recipe.flow_height_px, recipe.flow_width_px
    settings = tvl1.METHODS[recipe.flow_method]

    def field(frame: NDArray[np.uint8], following: NDArray[np.uint8]) -> NDArray[np.uint8]:
        pair = np.stack([geometry.resize(image, *size) for image in (frame, following)])
        coded = coding.quantise(tvl1.flow_between(pair, settings)[0], recipe.flow_bound_px)
        return coding.from_jpeg(*coding.to_jpeg(coded, recipe.flow_jpeg_quality))

    return field


def draw(frames: Iterable[NDArray[np.uint8]], prediction: VideoPrediction) -> Iterator[Frames]:
    """Label, attention and box in each frame."""
    averaged, attention, boxes = prediction.averaged, prediction.attention, prediction.boxes
    assert averaged is not None
    for t, (frame, mean) in enumerate(zip(frames, averaged, strict=True)):
        label = int(mean.argmax())
        yield draw_live(
            frame,
            prediction.classes[label],
            float(mean[label]),
            attention=None if attention is None else attention[t],
            edges=None if boxes is None else boxes[t],
            note=f"{t / prediction.fps:.2f} s",
        )

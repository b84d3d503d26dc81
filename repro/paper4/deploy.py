"""A finished run of paper 4 as one network: a frame, perhaps its flow, and the states in; all of them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise

import keras
from keras import ops

from repro.deploy.deployable import ATTENTION, FIRST, NEXT, PROBABILITIES, Arrays, Deployable, Frame
from repro.experiment.exported import ExportedRun
from repro.features.flow_store import FlowSettings, coded_between
from repro.paper4 import model, networks
from repro.paper4.prediction import trained_networks
from repro.paper4.recipe import Recipe
from repro.video import geometry

IMAGES = {"rgb": "image", "flow": "flow"}  # stream -> the input that it reads


def deployable(run: ExportedRun) -> Deployable:
    """Its networks joined, without the rounding of stored features to float16 between them.

    InputError for a run of another version, and of a ConvNet without memory.
    """
    recipe = run.recipe_of(Recipe)
    network, streams = trained_networks(run, recipe)
    joined = _joined(recipe, network, streams)
    size, states = recipe.size_px, network.get_layer("recurrence").state_names
    return Deployable(
        classes=run.classes,
        model=joined,
        states=states,
        what={
            "image": f"a frame, RGB 0..255, the whole of it resized to {size} x {size} (bicubic)",
            "flow": f"x and y of the flow from it to the next frame at {recipe.flow_height_px} x "
            f"{recipe.flow_width_px}, 128 for still, {recipe.flow_bound_px:g} pixels at 0 and 255, resized",
            FIRST: "true at a window's first frame: the start that is learned then takes the states' place",
            PROBABILITIES: "of the classes at this frame",
            ATTENTION: "where it looks, sums to 1",
            "rule": "the mean of the probabilities of the window's frames so far",
        },
        calls=lambda frames: frame_inputs(recipe, frames),
        frames=recipe.frame_step,
        every=recipe.frame_step,
        window=recipe.steps,
    )


def _joined(recipe: Recipe, network: keras.Model, streams: Mapping[str, keras.Model]) -> keras.Model:
    """Images uint8, states and `first` -> probabilities, attention and new states."""
    step = model.step_model(network, starts=bool(network.get_layer("recurrence").starts))
    images = {
        stream: keras.Input(of.inputs[0].shape[1:], dtype="uint8", name=IMAGES[stream])
        for stream, of in streams.items()
    }
    ends = {stream: of(ops.cast(images[stream], "float32")) for stream, of in streams.items()}
    features = {name: ends[stream][end] for name, (stream, end) in networks.feeds(recipe).items()}
    beside = {
        name: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name)
        for name, tensor in step.input.items()
        if name not in features
    }
    outputs = step({**features, **beside})
    names = {"frame": PROBABILITIES} | {
        name: NEXT + name for name in network.get_layer("recurrence").state_names
    }
    made = {names.get(name, name): tensor for name, tensor in outputs.items()}
    inputs = {IMAGES[stream]: image for stream, image in images.items()}
    return keras.Model({**inputs, **beside}, made, name="frame_step")


def frame_inputs(recipe: Recipe, frames: Iterable[Frame]) -> Iterator[Arrays]:
    """Of each frame that is read; with flow the last one has none, since there is no frame after it."""
    streams, size, settings = networks.streams_of(recipe), recipe.size_px, FlowSettings.of(recipe)
    pairs = pairwise(frames) if "flow" in streams else ((frame, None) for frame in frames)
    for frame, after in islice(pairs, 0, None, recipe.frame_step):
        images = {"rgb": frame}
        if after is not None:
            images["flow"] = coded_between(frame, after, settings)
        yield {IMAGES[s]: geometry.resize(images[s], size, size)[None] for s in streams}

"""A finished run of paper 3 as one network: the frames of a window in, probabilities and attention out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

import keras
import numpy as np
from keras import KerasTensor, layers, ops
from numpy.typing import NDArray

from repro.deploy.deployable import ATTENTION, PROBABILITIES, Arrays, Deployable, Frame
from repro.experiment.exported import ExportedRun
from repro.paper3 import networks
from repro.paper3.features import scale_of, standardises
from repro.paper3.prediction import check_attends
from repro.paper3.recipe import Recipe
from repro.paths import weights_folder
from repro.video import geometry

FRAMES = "frames"  # of a smaller backbone, which is one network for both roles


class Taken(NamedTuple):
    """What an input shows of a window. positions: int64 [n, L], L = 1 for single frames. shaped: a frame as
    the network reads it. words: both of them.
    """

    positions: NDArray[np.int64]
    shaped: Callable[[Frame], Frame]
    words: str


def deployable(run: ExportedRun) -> Deployable:
    """Its networks joined, on images as filmed.

    InputError for a run of another version, or without attention.
    """
    recipe = run.recipe_of(Recipe)
    check_attends(run, recipe)
    images, vectors = _lite(run, recipe) if recipe.lite else _apart(run, recipe)
    outputs = run.fact("outputs")
    decoder = networks.trained_decoder(recipe, len(run.classes), outputs[recipe.attended], run.weights_file)
    predicted = decoder({**vectors, "attended": _scaled(run, recipe, vectors["attended"])})
    made = {PROBABILITIES: predicted["frame"], ATTENTION: predicted["weights"]}
    return Deployable(
        classes=run.classes,
        model=keras.Model(images, made, name="window"),
        states=(),
        what={
            **{name: _taken(recipe, name).words for name in images},
            PROBABILITIES: "of the classes at each step",
            ATTENTION: "of each step to each attended frame, sums to 1",
            "rule": "the mean of the probabilities of all steps and windows",
        },
        calls=lambda frames: window_inputs(recipe, tuple(images), frames),
        frames=recipe.window_frames,
        every=recipe.start_grid if recipe.lite else 1,
        unrolled=recipe.steps,
    )


def _apart(run: ExportedRun, recipe: Recipe) -> tuple[dict[str, KerasTensor], dict[str, KerasTensor]]:
    """Images and vectors of both roles, each by the network that the recipe names for it."""
    images, vectors = {}, {}
    for role, name, layer in (("input", recipe.input, "fc6"), ("attended", recipe.attended, recipe.layer)):
        classes, trained = run.fact("outputs")[name], run.network_file(name)
        network = networks.trained_network(recipe, name, classes, weights_folder(), trained)
        shape = (len(_taken(recipe, role).positions), *network.input.shape[1:])
        images[role] = keras.Input(shape, dtype="uint8", name=role)
        of_one = keras.Model(network.input, {layer: layer_output(network, layer)}, name=f"{role}_features")
        vectors[role] = _of_each(of_one, images[role])[layer]
    return images, vectors


def _lite(run: ExportedRun, recipe: Recipe) -> tuple[dict[str, KerasTensor], dict[str, KerasTensor]]:
    """The same by one network, which reads every frame on the grid once."""
    name, windows = "obj", networks.windows(recipe)
    classes, trained = run.fact("outputs")[name], run.network_file(name)
    network = networks.feature_network(recipe, name, classes, weights_folder(), trained)
    shape = (len(_taken(recipe, FRAMES).positions), *network.input.shape[1:])
    frames = keras.Input(shape, dtype="uint8", name=FRAMES)
    wanted = {layer: network.output[layer] for layer in ("fc6", recipe.layer)}
    features = _of_each(keras.Model(network.input, wanted, name="features"), frames)
    rows = windows.chunk_frames // windows.grid
    inputs = features["fc6"][:, ::rows]
    if recipe.input == "c3d":  # in its place: means of the frames' features over each chunk
        parts = ops.reshape(features["fc6"], (-1, recipe.steps, rows, features["fc6"].shape[-1]))
        inputs = ops.mean(parts, axis=2)
    every = windows.frames // windows.attended // windows.grid
    return {FRAMES: frames}, {"input": inputs, "attended": features[recipe.layer][:, ::every]}


def _of_each(network: keras.Model, images: KerasTensor) -> dict[str, KerasTensor]:
    """Images uint8 [B, n, ...] -> vectors [B, n, D] by layer."""
    flat = network(ops.reshape(ops.cast(images, "float32"), (-1, *images.shape[2:])))
    return {
        layer: ops.reshape(vectors, (-1, images.shape[1], vectors.shape[-1]))
        for layer, vectors in flat.items()
    }


def layer_output(network: keras.Model, layer: str) -> KerasTensor:
    """What a layer puts out, each pooling over three dimensions as two over two: TFLite has no other.

    A maximum of maxima is the same number. The networks are chains.
    """
    x = network.input
    for each in network.layers[1:]:
        x = _pooled(each, x) if isinstance(each, layers.MaxPooling3D) else each(x)
        if each.name == layer:
            return x
    raise ValueError(f"no layer {layer!r} in {network.name}")


def _pooled(pool: keras.layers.MaxPooling3D, x: KerasTensor) -> KerasTensor:
    """[B, T, H, W, C] -> [B, T', H', W', C]: over places, then over time."""
    time, *places = pool.pool_size
    _, frames, _, _, channels = x.shape
    area = layers.MaxPooling2D(tuple(places), padding=pool.padding, name=f"{pool.name}_places")
    y = area(ops.reshape(x, (-1, *x.shape[2:])))
    height, width = y.shape[1:3]
    y = ops.reshape(y, (-1, frames, height * width, channels))
    y = layers.MaxPooling2D((time, 1), padding=pool.padding, name=f"{pool.name}_time")(y)
    return ops.reshape(y, (-1, y.shape[1], height, width, channels))


def _scaled(run: ExportedRun, recipe: Recipe, attended: KerasTensor) -> KerasTensor:
    """fc8 as the decoder looks at it (A22)."""
    if standardises(recipe):
        with np.load(run.network_file(scale_of(recipe.attended)), allow_pickle=False) as scale:
            return (attended - scale["mean"]) / scale["deviation"]
    if recipe.layer == "fc8" and recipe.fc8 == "softmax":
        return ops.softmax(attended, axis=-1)
    return attended


def _taken(recipe: Recipe, name: str) -> Taken:
    """Of the images of a role, or of those of a smaller backbone."""
    windows, length = networks.windows(recipe), 1
    parts, network = {
        FRAMES: (windows.frames // windows.grid, "obj"),
        "input": (windows.steps, recipe.input),
        "attended": (windows.attended, recipe.attended),
    }[name]
    if network == "c3d" and name != FRAMES:
        length = windows.chunk_frames
        shaped = geometry.to_size(*recipe.c3d_resized_px)
        words = "the whole of each resized to {} x {} (bicubic)".format(*recipe.c3d_resized_px)
    else:
        size, side = recipe.vgg_px, recipe.vgg_short_side_px or None
        shaped = partial(geometry.square, size=size, resized=side)
        words = f"the whole of each resized to {size} x {size} (bicubic)"
        if side:
            words = f"each resized (bicubic) to a shorter side of {side}, its central {size} x {size}"
    every = windows.frames // parts
    which = f"every {every}th frame" if length == 1 else f"the {length} frames from every {every}th frame on"
    positions = np.arange(parts)[:, None] * every + np.arange(length)
    return Taken(positions, shaped, f"{which} of a window of {windows.frames}, RGB 0..255, {words}")


def window_inputs(recipe: Recipe, names: tuple[str, ...], frames: Iterable[Frame]) -> Iterator[Arrays]:
    """Whole windows, one behind the other; a video that is shorter is repeated from its start."""
    taken = {name: _taken(recipe, name) for name in names}
    remaining, first = iter(frames), True
    while window := list(islice(remaining, recipe.window_frames)):
        if first or len(window) == recipe.window_frames:
            yield {name: _images(each, window)[None] for name, each in taken.items()}
        first = False


def _images(taken: Taken, window: list[Frame]) -> NDArray[np.uint8]:
    """[n, H, W, 3] or, of chunks, [n, L, H, W, 3]."""
    images = np.stack([taken.shaped(window[at % len(window)]) for at in taken.positions.ravel()])
    parts, length = taken.positions.shape
    return images if length == 1 else images.reshape(parts, length, *images.shape[1:])

"""A finished run of paper 5 as one network: a clip's frames in, probabilities and attention of each out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import keras
import numpy as np
from keras import KerasTensor, ops

from repro.deploy.deployable import ATTENTION, PROBABILITIES, Arrays, Deployable, Frame
from repro.experiment.exported import ExportedRun
from repro.paper5 import levels
from repro.paper5.prediction import images_of, rule_of, trained_networks
from repro.paper5.recipe import Recipe, streams_of

IMAGES = {"rgb": "frames", "flow": "flow"}  # stream -> the input that it reads


def deployable(run: ExportedRun) -> Deployable:
    """Its networks joined, without the rounding of stored maps to float16 between them.

    InputError for a run of another version.
    """
    recipe = run.recipe_of(Recipe)
    views, maps = trained_networks(run, recipe)
    size, steps = recipe.size_px, recipe.clip_len
    inputs = {
        stream: keras.Input((steps, *maps[stream].input.shape[1:]), dtype="uint8", name=IMAGES[stream])
        for stream in streams_of(recipe)
    }
    by_stream = {stream: _of_each(maps[stream], images) for stream, images in inputs.items()}
    outputs = views({branch: by_stream[of][level] for branch, (of, level) in levels.feeds(recipe).items()})
    return Deployable(
        classes=run.classes,
        model=keras.Model(
            {IMAGES[stream]: images for stream, images in inputs.items()},
            {PROBABILITIES: outputs["frame"], ATTENTION: outputs["attention"]},
            name="clip",
        ),
        states=(),
        what={
            "frames": f"of a clip, RGB 0..255, each wholly resized to {size} x {size} ({recipe.resize})",
            "flow": f"x and y of the flow from each to the next at {recipe.flow_height_px} x "
            f"{recipe.flow_width_px}, 128 for still, {recipe.flow_bound_px:g} pixels at 0 and 255, resized",
            PROBABILITIES: "of the classes at each frame",
            ATTENTION: "where it looks at each frame, sums to 1",
            "rule": rule_of(recipe),
        },
        calls=lambda frames: _calls(recipe, frames),
        frames=steps * recipe.frame_step,
        every=recipe.frame_step,
        unrolled=steps,
    )


def _of_each(maps: keras.Model, images: KerasTensor) -> dict[str, KerasTensor]:
    """Images uint8 [B, T, S, S, C] -> maps [B, T, h, w, C'] by level."""
    flat = ops.reshape(ops.cast(images, "float32"), (-1, *images.shape[2:]))
    return {
        level: ops.reshape(tensor, (-1, images.shape[1], *tensor.shape[1:]))
        for level, tensor in maps(flat).items()
    }


def _calls(recipe: Recipe, frames: Iterable[Frame]) -> Iterator[Arrays]:
    """Whole clips, one behind the other."""
    remaining = images_of(recipe, islice(frames, 0, None, recipe.frame_step))
    while len(clip := list(islice(remaining, recipe.clip_len))) == recipe.clip_len:
        yield {IMAGES[stream]: np.stack([each[stream] for each in clip])[None] for stream in clip[0]}

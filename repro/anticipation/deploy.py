"""A finished run of papers 1 or 2 as one network: a frame and states in, probabilities and new states out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import keras
from keras import ops

from repro.anticipation import sequence
from repro.anticipation.prediction import trained_networks
from repro.anticipation.recipe import Recipe
from repro.deploy.deployable import NEXT, PROBABILITIES, Arrays, Deployable, Frame
from repro.experiment.exported import ExportedRun
from repro.inference.network import one_frame_network
from repro.video import geometry


def deployable(run: ExportedRun, recipe_class: type[Recipe]) -> Deployable:
    """Its networks joined; InputError for a run of another version."""
    recipe = run.recipe_of(recipe_class)
    features, lstm = trained_networks(run, recipe)
    stage = sequence.prediction(recipe.variant)
    joined = one_frame_network(features, sequence.step_model(lstm), stage)

    image = keras.Input(joined.input["image"].shape[1:], dtype="uint8", name="image")
    states = {
        name: keras.Input(joined.input[name].shape[1:], name=name) for name in sequence.initial_state(lstm)
    }
    outputs = joined({"image": ops.cast(image, "float32"), **states})
    made = {PROBABILITIES: outputs[stage], **{NEXT + name: outputs[name] for name in states}}
    size = recipe.size_px

    def calls(frames: Iterable[Frame]) -> Iterator[Arrays]:
        for frame in islice(frames, 0, None, recipe.frame_step):
            yield {"image": geometry.resize(frame, size, size)[None]}

    return Deployable(
        classes=run.classes,
        model=keras.Model({"image": image, **states}, made, name="frame_step"),
        states=tuple(states),
        what={
            "image": f"a frame, RGB 0..255, the whole of it resized to {size} x {size} (bicubic)",
            PROBABILITIES: "of the classes at this frame",
            "rule": "the mean of the probabilities of the window's frames so far; zero states at its start",
        },
        calls=calls,
        frames=recipe.frame_step,
        every=recipe.frame_step,
        window=recipe.steps,
    )

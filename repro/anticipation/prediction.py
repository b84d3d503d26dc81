"""A finished run of papers 1 or 2 as a stream that labels every frame when it comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import keras
import numpy as np
from numpy.typing import NDArray

from repro.anticipation import certainty, networks, sequence
from repro.anticipation.recipe import Recipe
from repro.experiment.exported import ExportedRun
from repro.inference.network import one_frame
from repro.inference.prediction import VideoPrediction
from repro.inference.predictor import Maps
from repro.inference.stream import Stream
from repro.inference.stream_predictor import StreamPredictor
from repro.report.overlays import overlay_frames
from repro.types import Frames
from repro.video import geometry

VIDEOS_AT_ONCE = 8  # whose frames go through the networks in one call


def stream_predictor(run: ExportedRun, recipe_class: type[Recipe]) -> StreamPredictor:
    """The trained networks of a run; InputError for one of another version."""
    recipe = run.recipe_of(recipe_class)
    features, lstm = trained_networks(run, recipe)
    stage = sequence.prediction(recipe.variant)
    advance = one_frame(features, sequence.step_model(lstm), stage, sequence.initial_state(lstm))
    stream = Stream(advance, run.classes, recipe.size_px, recipe.steps, every=recipe.frame_step)
    return StreamPredictor(
        stream, render, certainty.of_run(run), ClassMaps(run, recipe), together=VIDEOS_AT_ONCE
    )


def trained_networks(run: ExportedRun, recipe: Recipe) -> tuple[keras.Model, keras.Model]:
    """Images [B, S, S, 3] -> features by name, and the sequence model, both with the weights of a run."""
    frame = networks.trained_frame_networks(recipe, len(run.classes), run.network_file("frame"))
    lstm = networks.trained_sequence(recipe, len(run.classes), run.weights_file)
    if not recipe.lite:
        return frame.features, lstm
    return networks.on_images(recipe, frame.features, run.network_file("trunk")), lstm


class ClassMaps:
    """The class activation map of each frame by itself, by which conv5-3 is gated (Eqs. 2 and 3 of paper 2):
    where a model without attention looks. Frames uint8 [m, H, W, 3] -> float32 [m, h, w], 0 or more.
    """

    def __init__(self, run: ExportedRun, recipe: Recipe) -> None:
        self.run, self.recipe = run, recipe

    def __call__(self, frames: Frames) -> Maps:
        size = self.recipe.size_px
        images = np.stack([geometry.resize(frame, size, size) for frame in frames])
        maps: Maps = np.maximum(self._network.predict_on_batch(images)["map"][..., 0], 0)
        return maps

    @cached_property
    def _network(self) -> keras.Model:
        """Built when it is first asked for: most predictions never are."""
        run, recipe = self.run, self.recipe
        network = networks.trained_frame_networks(recipe, len(run.classes), run.network_file("frame")).maps
        return networks.on_images(recipe, network, run.network_file("trunk")) if recipe.lite else network


def render(frames: Iterable[NDArray[np.uint8]], prediction: VideoPrediction) -> Iterator[Frames]:
    """The averaged probabilities beside each frame, tempered where the run can tell what is sure."""
    averaged = prediction.averaged
    assert averaged is not None
    return overlay_frames(
        frames,
        averaged if prediction.certainty is None else prediction.certainty.tempered(averaged),
        prediction.classes,
        fps=prediction.fps,
        headings=[prediction.named(each) for each in averaged],
    )

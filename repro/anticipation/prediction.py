"""A finished run of papers 1 or 2 as a stream that labels every frame when it comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import keras
import numpy as np
from numpy.typing import NDArray

from repro.anticipation import certainty, networks, sequence
from repro.anticipation.recipe import Recipe
from repro.experiment.exported import ExportedRun
from repro.inference.network import one_frame
from repro.inference.prediction import VideoPrediction
from repro.inference.stream import Stream
from repro.inference.stream_predictor import StreamPredictor
from repro.report.overlays import overlay_frames
from repro.types import Frames

VIDEOS_AT_ONCE = 8  # whose frames go through the networks in one call


def stream_predictor(run: ExportedRun, recipe_class: type[Recipe]) -> StreamPredictor:
    """The trained networks of a run; InputError for one of another version."""
    recipe = run.recipe_of(recipe_class)
    features, lstm = trained_networks(run, recipe)
    stage = sequence.prediction(recipe.variant)
    advance = one_frame(features, sequence.step_model(lstm), stage, sequence.initial_state(lstm))
    stream = Stream(advance, run.classes, recipe.size_px, recipe.steps, every=recipe.frame_step)
    return StreamPredictor(stream, render, certainty.of_run(run), together=VIDEOS_AT_ONCE)


def trained_networks(run: ExportedRun, recipe: Recipe) -> tuple[keras.Model, keras.Model]:
    """Images [B, S, S, 3] -> features by name, and the sequence model, both with the weights of a run."""
    frame = networks.trained_frame_networks(recipe, len(run.classes), run.network_file("frame"))
    lstm = networks.trained_sequence(recipe, len(run.classes), run.weights_file)
    if not recipe.lite:
        return frame.features, lstm
    return networks.on_images(recipe, frame.features, run.network_file("trunk")), lstm


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

"""Paper 3 as one network: pooling that TFLite has, and which frames of a window each input shows."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import keras
import numpy as np
import pytest

from helpers.initial_weights import vary
from repro.backbones import c3d
from repro.paper3 import deploy
from repro.paper3.recipe import recipe

pytestmark = pytest.mark.slow  # imports the engine
TINY = recipe("tiny")
FRAME = np.zeros((20, 30, 3), np.uint8)


def test_pooling_over_places_and_then_over_time_is_pooling_over_all() -> None:
    frames, crop = 5, 36  # poolings of even sides, and of 5 and 9 places, which leave one over
    network = vary(c3d.c3d(3, frames=frames, resized=(crop, crop + 6), crop=crop, width=1 / 32))
    clips = np.random.default_rng(0).integers(0, 256, (2, frames, crop, crop + 6, 3)).astype(np.float32)
    wanted = keras.Model(network.input, network.get_layer("fc6").output).predict_on_batch(clips)
    found = keras.Model(network.input, deploy.layer_output(network, "fc6")).predict_on_batch(clips)
    assert np.ptp(wanted) > 0
    np.testing.assert_array_equal(found, wanted)  # a maximum rounds nothing


def numbered() -> Iterator[np.ndarray]:
    """Frames that all show their own number."""
    return (FRAME + number for number in range(100))


def test_a_window_shows_its_chunks_and_its_attended_frames() -> None:
    first, second = islice(deploy.window_inputs(TINY, ("input", "attended"), numbered()), 2)
    length = TINY.window_frames // TINY.steps
    assert first["input"].shape == (1, 3, length, *TINY.c3d_resized_px, 3)
    assert first["input"][0, :, :, 0, 0, 0].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert first["attended"].shape == (1, 3, TINY.vgg_px, TINY.vgg_px, 3)
    assert first["attended"][0, :, 0, 0, 0].tolist() == [0, 4, 8]
    assert second["attended"][0, :, 0, 0, 0].tolist() == [12, 16, 20]


def test_a_smaller_backbone_sees_the_frames_on_the_grid() -> None:
    lite = replace(recipe("lite"), vgg_px=32)
    (only,) = deploy.window_inputs(
        lite, ("frames",), islice(numbered(), 40)
    )  # 8 frames make no second window
    assert only["frames"][0, :, 0, 0, 0].tolist() == [*range(0, 32, 2)]


def test_a_video_shorter_than_a_window_is_repeated() -> None:
    (only,) = deploy.window_inputs(TINY, ("attended",), islice(numbered(), 5))
    assert only["attended"][0, :, 0, 0, 0].tolist() == [0, 4, 8 % 5]

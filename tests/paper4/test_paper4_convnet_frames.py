"""Over which frames a ConvNet's softmax is averaged (A7)."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from repro.paper4 import recipe, scoring
from repro.paper4.recipe import Recipe
from repro.types import VideoRef

CONVNET = replace(Recipe(), architecture="convnet")
SPACED = replace(CONVNET, convnet_frames=25)


def test_they_are_those_that_the_lstms_see() -> None:
    """25 segments of 30 frames; of 100 frames they start at 1, 3, ..., 49."""
    frames = scoring.convnet_frames(CONVNET, 100)
    assert frames.shape == (25, 30)
    np.testing.assert_array_equal(frames[[0, 24]], [np.arange(1, 31), np.arange(49, 79)])
    assert scoring.convnet_frames(CONVNET, 7).max() == 6  # the last frame stands for those behind it


@pytest.mark.parametrize(("frames", "wanted"), [(100, range(2, 100, 4)), (25, range(25)), (3, range(3))])
def test_or_25_equally_spaced_ones(frames: int, wanted: range) -> None:
    assert scoring.convnet_frames(SPACED, frames).ravel().tolist() == list(wanted)


def test_a_score_is_the_mean_over_them() -> None:
    softmax = np.random.default_rng(0).dirichlet(np.ones(3), 100)
    streams: Any = SimpleNamespace(frames=lambda ref: 100, read=lambda ref, *frames: {"softmax": softmax})
    ref = VideoRef("a", Path("a.avi"), 0, "a")
    np.testing.assert_allclose(scoring._convnet(streams, SPACED, ref), softmax[2::4].mean(axis=0), rtol=1e-12)
    often = np.bincount(scoring.convnet_frames(CONVNET, 100).ravel(), minlength=100)
    np.testing.assert_allclose(
        scoring._convnet(streams, CONVNET, ref), often @ softmax / often.sum(), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"architecture": "convnet"}, False),
        ({"architecture": "video_lstm", "convnet_frames": 25}, False),
        ({"architecture": "convnet", "convnet_frames": 25}, True),
    ],
)
def test_scores_that_it_does_not_decide_stay_what_they_were(changes: Mapping[str, Any], named: bool) -> None:
    settings = recipe.test_settings(replace(Recipe(), **changes))
    assert ("convnet_frames" in settings) == named
    assert {"segments", "segment_rule", "steps"} <= set(settings)

"""The ways that benchmarks of streams compare are ways to the same answer."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import video_lstm_stream
from benchmarks.streaming_latency import ways_at
from repro.paper2.recipe import recipe
from repro.paper4.recipe import recipe as recipe4


@pytest.mark.slow
def test_three_ways_to_the_same_probabilities() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (4, 36, 48, 3), np.uint8)
    frames[2:] //= 8  # dark, so that what came before matters
    ways = ways_at(recipe("tiny"), frames, [1, 4])
    averaged = {}
    for t in (1, 4):
        prediction, _ = ways[f"stream/{t}"]()
        averaged[t] = prediction.averaged
        # float32 sums in another order: about ten roundings of 6e-8 each, relative
        np.testing.assert_allclose(ways[f"lstm_again/{t}"](), prediction.averaged, rtol=1e-5)
        np.testing.assert_allclose(ways[f"all_again/{t}"](), prediction.averaged, rtol=1e-5)
    assert np.abs(averaged[4] / averaged[1] - 1).max() > 1e-3  # a wrong prefix would be seen


@pytest.mark.slow
def test_a_stream_says_of_a_frame_what_its_snippet_says() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (3, 36, 48, 3), np.uint8)
    frames[1] //= 4
    numbers = replace(recipe4("tiny"), initial_from="first")  # T = 5
    ways = video_lstm_stream.ways_at(numbers, frames, (1, 4, 5, 12))
    said = {}
    for t in (1, 4, 5, 12):
        seen, state = ways[f"stream/{t}"]()
        given, _ = ways[f"step/{t}"]()
        assert (seen.frame, state.frame) == (t - 1, t)
        np.testing.assert_allclose(seen.probabilities, given.probabilities, rtol=1e-5)
        said[t] = seen.probabilities
        if t <= 5:
            np.testing.assert_allclose(ways[f"snippet/{t}"](), seen.probabilities, rtol=1e-5)
        else:  # the snippet knows nothing of the frames before it
            assert np.abs(ways[f"snippet/{t}"]() / seen.probabilities - 1).max() > 1e-5
    assert np.abs(said[5] / said[1] - 1).max() > 1e-4  # a wrong memory would be seen

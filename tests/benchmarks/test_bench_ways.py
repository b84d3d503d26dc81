"""The ways that `streaming_latency` compares are ways to the same answer."""

import numpy as np
import pytest

from benchmarks.streaming_latency import ways_at
from repro.paper2.recipe import recipe


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

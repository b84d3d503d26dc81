"""The learning rates at which paper 4's VGG-16 networks are fine-tuned."""

from dataclasses import replace

import numpy as np
import pytest

from repro.paper4 import networks
from repro.paper4.recipe import recipe


@pytest.mark.parametrize(("stream", "rate", "every"), [("rgb", 0.001, 4000), ("flow", 0.005, 10_000)])
def test_the_rate_falls_to_a_tenth(stream: str, rate: float, every: int) -> None:
    """A25: 0.001, a tenth every 4,000 updates; 0.005, a tenth every 10,000."""
    changes = {f"{stream}_learning_rate": rate, f"{stream}_decay_every": every}
    network = networks.stream_training_model(replace(recipe("tiny"), **changes), stream, 2, None)  # type: ignore[arg-type]
    schedule = network.optimizer._learning_rate
    found = [float(schedule(step)) for step in (0, every - 1, every, 2 * every)]
    np.testing.assert_allclose(found, [rate, rate, rate / 10, rate / 100], rtol=1e-5)

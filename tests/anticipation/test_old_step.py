"""The training step as it was, an oracle: Keras' own LSTM on joined features, by its own gradients."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers

from repro.anticipation import networks, sequence
from repro.paper2.recipe import recipe

CLASSES, BATCH, UPDATES = 4, 3, 20


def old_lstm(units: int, name: str) -> Callable[[list], keras.KerasTensor]:
    """One product a frame, and a sum of weight-sized gradients over the frames."""
    own = layers.LSTM(units, return_sequences=True, name=name)
    return lambda parts: own(layers.Concatenate()(parts) if len(parts) > 1 else parts[0])


def _trained() -> list[np.ndarray]:
    """The weights after some updates with dropout, on clips whose ends differ."""
    numbers = recipe("tiny")
    keras.utils.set_random_seed(5)
    model = networks.sequence_model(numbers, CLASSES)
    first = model.get_weights()
    rng = np.random.default_rng(0)
    width = networks.feature_width(numbers)
    for _ in range(UPDATES):
        inputs = {
            name: np.maximum(rng.standard_normal((BATCH, numbers.steps, width), np.float32), 0)
            for name in numbers.features
        }
        targets = np.eye(CLASSES, dtype="float32")[rng.integers(0, CLASSES, (BATCH, 1))].repeat(
            numbers.steps, 1
        )
        targets[0, -2:] = 0
        model.train_on_batch(inputs, dict.fromkeys(sequence.stages(numbers.variant), targets))
    return [*first, *model.get_weights()]


@pytest.mark.slow
@pytest.mark.graph
def test_twenty_updates_give_the_weights_of_the_old_step(monkeypatch: pytest.MonkeyPatch) -> None:
    now = _trained()
    monkeypatch.setattr(sequence, "SequenceLSTM", old_lstm)
    before = _trained()
    count = len(now) // 2
    for index, (ours, theirs) in enumerate(zip(now, before, strict=True)):
        scale = np.abs(theirs).max()
        assert np.abs(ours - theirs).max() <= 1e-5 * scale, index
    moved = [np.abs(b - a).max() for a, b in zip(now[:count], now[count:], strict=True)]
    assert sum(each > 1e-2 for each in moved) >= 8  # the updates are far larger than what may differ

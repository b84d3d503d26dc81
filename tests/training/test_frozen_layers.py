"""Which layers of a pre-trained network stay as they are, and which kernels decay."""

import keras
import numpy as np
import pytest

from repro.training.fine_tuning import decay_trained_kernels, freeze_before


def chain() -> keras.Model:
    """Four layers: input, a, b, c."""
    x = inputs = keras.Input((1,), name="input")
    for name in ("a", "b", "c"):
        x = keras.layers.Dense(1, name=name)(x)
    return keras.Model(inputs, x)


@pytest.mark.parametrize(("first", "trained"), [("a", "abc"), ("b", "bc"), ("c", "c")])
def test_the_named_layer_is_the_first_one_trained(first: str, trained: str) -> None:
    network = chain()
    freeze_before(network, first)
    assert "".join(layer.name for layer in network.layers[1:] if layer.trainable) == trained
    assert len(network.trainable_weights) == 2 * len(trained)


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="fc9"):
        freeze_before(chain(), "fc9")


def test_only_trained_kernels_decay_and_no_bias() -> None:
    """1.0 / 2 * w^2 = 0.5 at w = 1 for each of two kernels; biases of 3 would add 4.5 each."""
    network = chain()
    freeze_before(network, "b")
    decay_trained_kernels(network, 1.0)
    for layer in network.layers[1:]:
        layer.set_weights([np.ones((1, 1)), np.array([3.0])])
    assert [layer.kernel.regularizer is not None for layer in network.layers[1:]] == [False, True, True]
    assert float(sum(network.losses)) == 1.0

"""How a network is compiled to be fine-tuned: which layers stay, which kernels decay, which loss it has."""

import keras
import numpy as np
import pytest

from repro.training.fine_tuning import compile_to_fine_tune


def chain(says: str = "softmax") -> keras.Model:
    """Four layers: input, a, b, c; c says probabilities of two classes."""
    x = inputs = keras.Input((1,), name="input")
    for name in ("a", "b"):
        x = keras.layers.Dense(1, name=name)(x)
    return keras.Model(inputs, {"c": keras.layers.Dense(2, says, name="c")(x)})


@pytest.mark.parametrize(("first", "trained"), [(None, "abc"), ("a", "abc"), ("b", "bc"), ("c", "c")])
def test_the_named_layer_is_the_first_one_trained(first: str | None, trained: str) -> None:
    network = compile_to_fine_tune(chain(), 0.1, 0.9, 0.0, first_trained=first)
    assert "".join(layer.name for layer in network.layers[1:] if layer.trainable) == trained
    assert len(network.trainable_weights) == 2 * len(trained)


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="fc9"):
        compile_to_fine_tune(chain(), 0.1, 0.9, 0.0, first_trained="fc9")


def test_only_trained_kernels_decay_and_no_bias() -> None:
    """1.0 / 2 * w^2 = 0.5 at w = 1 for each of 1 + 2 numbers; biases of 3 would add 4.5 each."""
    network = compile_to_fine_tune(chain(), 0.1, 0.9, 1.0, first_trained="b")
    for layer in network.layers[1:]:
        layer.set_weights([np.ones(layer.kernel.shape), np.full(layer.bias.shape, 3.0)])
    assert [layer.kernel.regularizer is not None for layer in network.layers[1:]] == [False, True, True]
    assert float(sum(network.losses)) == 1.5


@pytest.mark.parametrize(
    ("says", "logits", "target", "told"),
    [
        ("softmax", [4, 1], [1], {"loss": -np.log(0.2), "accuracy": 0.0}),
        ("sigmoid", [4, 1 / 4], [[1.0, 1.0]], {"loss": -np.log(0.8 * 0.2) / 2}),
    ],
)
def test_the_loss_is_of_one_class_or_of_each(says: str, logits: list, target: list, told: dict) -> None:
    """Probabilities 0.8 and 0.2: -log 0.2 where class 1 is the only one, else the loss that is named."""
    several = keras.losses.binary_crossentropy if says == "sigmoid" else None
    network = compile_to_fine_tune(chain(says), 0.1, 0.9, 0.0, of_several=several)
    network.get_layer("c").set_weights([np.zeros((1, 2)), np.log(logits)])
    found = network.test_on_batch(np.ones((1, 1)), {"c": np.array(target)}, return_dict=True)
    assert {name.removeprefix("c_"): float(value) for name, value in found.items()} == pytest.approx(told)
    assert float(network.optimizer.momentum) == 0.9

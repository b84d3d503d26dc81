"""What is set on a pre-trained network before it is compiled to be fine-tuned."""

from __future__ import annotations

import keras

from repro.training.schedules import l2_of_weight_decay


def freeze_before(network: keras.Model, first: str) -> None:
    """Keep all layers before the one named `first` as they are. Raises ValueError if there is none."""
    for layer in network.layers[: [layer.name for layer in network.layers].index(first)]:
        layer.trainable = False


def decay_trained_kernels(network: keras.Model, weight_decay: float) -> None:
    """Caffe's weight decay on the kernel of every layer that is trained; biases do not decay."""
    decay = l2_of_weight_decay(weight_decay)
    for layer in network.layers:
        if layer.trainable and getattr(layer, "kernel", None) is not None:
            layer.kernel.regularizer = decay

"""How a pre-trained network is compiled to be fine-tuned on the classes of a data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
from keras import KerasTensor

from repro.training.schedules import l2_of_weight_decay, sgd

Loss = Callable[[KerasTensor, KerasTensor], KerasTensor]


def compile_to_fine_tune(
    network: keras.Model,
    rate: float | keras.optimizers.schedules.LearningRateSchedule,
    momentum: float,
    weight_decay: float,
    *,
    first_trained: str | None = None,
    of_several: Loss | None = None,
    ratios: Mapping[str, float] | None = None,
) -> keras.Model:
    """The network itself, compiled: SGD with momentum on the sum of its outputs' cross-entropies.

    weight_decay: Caffe's, on the kernel of every layer that is trained; biases do not decay. first_trained:
    the layers before the one of this name are kept as they are. ratios: as `sgd` has them. Outputs are
    {head: [B, K]}, targets int [B], and each has its accuracy. of_several: the loss where a video may
    have several classes, of targets [B, K] of 0 and 1. Raises ValueError if no layer has the name of
    `first_trained`.
    """
    names = [layer.name for layer in network.layers]
    for layer in network.layers[: 0 if first_trained is None else names.index(first_trained)]:
        layer.trainable = False
    decay = l2_of_weight_decay(weight_decay)
    for layer in network.layers:
        if layer.trainable and getattr(layer, "kernel", None) is not None:
            layer.kernel.regularizer = decay
            layer.kernel_regularizer = decay  # what a saved model says of the layer
    network.compile(
        optimizer=sgd(rate, momentum, ratios=ratios),
        loss=dict.fromkeys(network.output, of_several or "sparse_categorical_crossentropy"),
        metrics=None if of_several else {head: ["accuracy"] for head in network.output},
        jit_compile=False,
    )
    return network

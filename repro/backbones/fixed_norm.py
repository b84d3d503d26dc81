"""Batch normalisation with the statistics of its pre-training: as a layer, or folded into kernel and bias.

Frames of one video are no sample of all frames, so statistics of a batch of them would say which video it is;
and a network that learns goes on from what the pre-trained one computed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, layers
from numpy.typing import NDArray

from repro.backbones import weights

EPSILON = 1e-3  # of EfficientNet
BN = "_bn"  # what a normalisation is called behind the name of its convolution
_PARTS = ("gamma", "beta", "moving_mean", "moving_variance")
Arrays = dict[str, NDArray[np.floating]]


@keras.saving.register_keras_serializable(package="repro")
class FixedNorm(layers.BatchNormalization):
    """gamma (x - mean) / sqrt(variance + 0.001) + beta over the last axis, [..., C] -> [..., C].

    Mean and variance are those that were loaded, in training too; gamma and beta are trained.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"epsilon": EPSILON, **settings})

    def call(
        self, x: KerasTensor, training: bool | None = None, mask: KerasTensor | None = None
    ) -> KerasTensor:
        return super().call(x, training=False, mask=mask)


def folded(arrays: Arrays) -> Arrays:
    """The arrays of a network without normalisation that computes the same: float32, by `layer/weight`.

    gamma (K x - mean) s + beta = K' x + b' with s = 1 / sqrt(variance + 0.001), K' = gamma s K and
    b' = beta - gamma s mean. arrays: `X/kernel` without a bias with the four of `X_bn`; others are kept.
    """
    result = dict(arrays)
    for name in [name.removesuffix(f"{BN}/gamma") for name in arrays if name.endswith(f"{BN}/gamma")]:
        gamma, beta, mean, variance = (
            np.asarray(result.pop(f"{name}{BN}/{part}"), np.float64) for part in _PARTS
        )
        kernel = result[f"{name}/kernel"]
        scale = gamma / np.sqrt(variance + EPSILON)
        # A depthwise kernel is [h, w, C, 1]: its channels lie on the last axis but one.
        along = scale if kernel.shape[-1] == len(scale) else scale[:, None]
        result[f"{name}/kernel"] = (kernel * along).astype(np.float32)
        result[f"{name}/bias"] = (beta - scale * mean).astype(np.float32)
    return result


def load(model: keras.Model, path: Path) -> weights.LoadReport:
    """Set all weights of a network, folded or not, from a file of normalised layers; the rest of it stays.

    InputError for a file that cannot be read, lacks a weight or has one of another shape.
    """
    arrays: Arrays = weights.read(path)
    if not any(name.endswith(f"{BN}/gamma") for name in weights.named_weights(model)):
        arrays = folded(arrays)
    return weights.assign(model, arrays, path)

"""The trunk of preset `lite`: EfficientNet-Lite up to an endpoint, with published weights. Keras alone."""

from __future__ import annotations

from pathlib import Path

import keras

from repro.backbones import efficientnet_lite, fixed_norm, pretrained
from repro.paths import converted_weights


def weights_of(backbone: str, pretraining: str, weights_folder: Path) -> Path:
    """The published weights of a backbone (`imagenet`), or a file of the user's.

    InputError with the command that fetches them.
    """
    published = {"imagenet": converted_weights(weights_folder) / f"{backbone}.npz"}
    return pretrained.weights_file(pretraining, weights_folder, published)


def network(backbone: str, endpoint: str, size: int, trained: Path | None) -> keras.Model:
    """Images [B, S, S, 3], RGB 0..255 -> {endpoint: [B, h, w, C]}, with a file's weights, or as drawn."""
    model = efficientnet_lite.efficientnet_lite(backbone, (endpoint,), size=size)
    if trained is not None:
        fixed_norm.load(model, trained)
    return model

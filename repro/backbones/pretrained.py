"""Gives a network its pre-trained layers by name: ImageNet's, the shipped stand-in, a file, or none."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from repro.backbones import fc6, weights
from repro.types import InputError

STANDIN = "standin_vgg16.npz"


def load(model: keras.Model, pretraining: str, weights_folder: Path) -> None:
    """Fill the layers that `model` and the pre-trained VGG-16 have in common; the others keep their draw.

    pretraining: `imagenet` (Keras fetches it), `standin` (ships in `weights_folder`), `random`, or the path
    of a `.npz` of this project. fc6 is taken to the image size of `model` (`fc6.resampled`); an fc8
    for another number of classes stays behind, as ImageNet's does. Raises InputError when the weights cannot
    be had or do not fit.
    """
    if pretraining == "random":
        return
    if pretraining == "imagenet":
        weights.imagenet_vgg16(model, _fetch_imagenet())
        return
    path = weights_folder / STANDIN if pretraining == "standin" else Path(pretraining)
    if not path.is_file():
        raise InputError(
            f"no pre-trained weights at {path}; --pretraining takes imagenet, standin, random or a file"
        )
    report = weights.assign(model, _fitted(model, weights.read(path)), path, strict=False)
    if not report.loaded:
        raise InputError(f"no layer of {path} has a name of this network's; is it a VGG-16 of this project?")


def _fitted(model: keras.Model, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of a file with fc6 at the image size of the network, without an fc8 of other classes."""
    wanted = weights.named_weights(model)
    kernel, last = arrays.get("fc6/kernel"), arrays.get("conv5_3/kernel")
    if kernel is not None and last is not None and "fc6/kernel" in wanted:
        rows = wanted["fc6/kernel"].shape[0]
        arrays = {**arrays, "fc6/kernel": fc6.resampled(kernel, rows, last.shape[-1])}
    return {
        name: array
        for name, array in arrays.items()
        if not name.startswith("fc8/") or name not in wanted or array.shape == tuple(wanted[name].shape)
    }


def _fetch_imagenet() -> keras.Model:
    try:
        return keras.applications.VGG16(weights="imagenet")
    except Exception as error:  # Keras raises bare Exception for every failed download
        cause = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(
            f"ImageNet weights of VGG-16 could not be fetched ({cause}); connect to the network, or start "
            "from other weights with --pretraining FILE, or from none with --pretraining random"
        ) from error

"""Gives a network its pre-trained layers by name: ImageNet's, the shipped stand-in, a file, or none."""

from __future__ import annotations

from pathlib import Path

import keras

from repro.backbones import weights
from repro.types import InputError

STANDIN = "standin_vgg16.npz"


def load(model: keras.Model, pretraining: str, weights_folder: Path) -> None:
    """Fill the layers that `model` and the pre-trained VGG-16 have in common; the others keep their draw.

    pretraining: `imagenet` (Keras fetches it), `standin` (ships in `weights_folder`), `random`, or the path
    of a `.npz` of this project. Raises InputError when it cannot be had or does not fit.
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
    report = weights.load(model, path, strict=False)
    if not report.loaded:
        raise InputError(f"no layer of {path} has a name of this network's; is it a VGG-16 of this project?")


def _fetch_imagenet() -> keras.Model:
    try:
        return keras.applications.VGG16(weights="imagenet")
    except Exception as error:  # Keras raises bare Exception for every failed download
        cause = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(
            f"ImageNet weights of VGG-16 could not be fetched ({cause}); connect to the network, or start "
            "from other weights with --pretraining FILE, or from none with --pretraining random"
        ) from error

"""Gives a network its pre-trained layers by name: ImageNet's, a shipped stand-in, a file, or none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from repro.backbones import fc6, weights
from repro.paths import converted_weights
from repro.types import InputError

STANDIN = "standin_vgg16.npz"
STANDIN_C3D = "standin_c3d.npz"
SPORTS1M, PLACES205 = "c3d_sports1m.npz", "vgg19_places205.npz"  # converted, of paper 3's networks
MEAN_VOLUME = "mean_volume"  # the array beside the layers of a C3D file


def load(
    model: keras.Model,
    pretraining: str,
    weights_folder: Path,
    standin: str = STANDIN,
    *,
    complete: bool = False,
) -> None:
    """Fill the layers that `model` and the pre-trained network have in common; the others keep their draw.

    pretraining: `imagenet` (Keras fetches VGG-16 or VGG-19, the one `model` is), `standin` (the file of that
    name, which ships in `weights_folder`), `random`, or the path of a `.npz` of this project or of a `.keras`
    file. VGG's fc6 is taken to the image size of `model` (`fc6.resampled`); an fc8 for another number of
    classes stays behind. complete: no layer may keep its draw, for a network that is used as it was
    pre-trained. Raises InputError when the weights cannot be had or do not fit.
    """
    if pretraining == "random":
        return
    if pretraining == "imagenet":
        loaded = set(weights.imagenet_vgg(model, _fetch_imagenet(model)))
    else:
        path = weights_file(pretraining, weights_folder, {"standin": weights_folder / standin})
        report = weights.assign(model, _fitted(model, weights.read(path)), path, strict=False)
        loaded = {name.split("/")[0] for name in report.loaded}
        if not loaded:
            raise InputError(f"no layer of {path} has a name of this network's; is it of the same network?")
    left = [name for name in _layers(model) if name not in loaded]
    if complete and left:
        raise InputError(
            f"the weights {pretraining!r} leave {', '.join(left)} of {model.name} as drawn; take weights of "
            "all its layers, with fc8 for the same number of classes"
        )


def c3d_mean(pretraining: str, weights_folder: Path) -> NDArray[np.floating] | None:
    """The mean volume that goes with pre-trained weights of C3D: float [L, H, W, 3], blue, green, red.

    None for `random` and `imagenet`, which have none. Raises InputError for a file that cannot be had, or
    without such an array: its weights were trained on clips with the mean taken off.
    """
    if pretraining in ("random", "imagenet"):
        return None
    path = weights_file(pretraining, weights_folder, {"standin": weights_folder / STANDIN_C3D})
    mean = weights.read(path).get(MEAN_VOLUME)
    if mean is None or mean.ndim != 4:
        stored = "no array" if mean is None else f"one of shape {mean.shape}"
        raise InputError(
            f"weight file {path} has {stored} called {MEAN_VOLUME}; add the mean of the clips that C3D was "
            "trained on, [frames, height, width, 3] in the order blue, green, red"
        )
    return mean


def weights_file(pretraining: str, weights_folder: Path, named: Mapping[str, Path]) -> Path:
    """The file that a value of --pretraining stands for: one of `named`, else a path.

    Raises InputError, with the command that fetches it, where there is no such file.
    """
    path = named.get(pretraining, Path(pretraining))
    if not path.is_file():
        # `fetch` downloads what has an address; of all others it says how they are had or made.
        known = path.parent in (weights_folder, converted_weights(weights_folder))
        offer = f"see: bash run.sh weights fetch {path.stem}; " if known else ""
        words = ", ".join(sorted({"imagenet", *named}))
        raise InputError(
            f"no pre-trained weights at {path}; {offer}--pretraining takes {words}, random or a file"
        )
    return path


def files_of(pretraining: str, backbone: str, weights_folder: Path) -> list[Path]:
    """The files that a value of --pretraining can stand for, of those that are there: none of `random`, nor
    what Keras fetches, which it checks.
    """
    converted = converted_weights(weights_folder)
    named = {
        "imagenet": [converted / f"{backbone}.npz"],
        "published": [converted / SPORTS1M, converted / PLACES205],
        "standin": sorted(weights_folder.glob("standin_*.npz")),
    }
    return [path for path in named.get(pretraining, [Path(pretraining)]) if path.is_file()]


def _layers(model: keras.Model) -> tuple[str, ...]:
    """The names of the layers with weights, in order."""
    return tuple(dict.fromkeys(name.split("/")[0] for name in weights.named_weights(model)))


def _fitted(model: keras.Model, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of a file: VGG's fc6 at the image size of the network, an fc8 only of the same classes."""
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


def _fetch_imagenet(model: keras.Model) -> keras.Model:
    names = _layers(model)
    if "conv1a" in names:
        raise InputError(
            "C3D sees clips and has no ImageNet weights; --pretraining takes standin, random or a file"
        )
    depth = 19 if "conv3_4" in names else 16
    network = keras.applications.VGG19 if depth == 19 else keras.applications.VGG16
    try:
        return network(weights="imagenet")
    except Exception as error:  # Keras raises bare Exception for every failed download
        cause = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(
            f"ImageNet weights of VGG-{depth} could not be fetched ({cause}); connect to the network (bash "
            "run.sh weights fetch imagenet goes on where it was cut), or start from other weights with "
            "--pretraining FILE, or from none with --pretraining random"
        ) from error

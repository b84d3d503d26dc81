"""Weight files: `.npz` of arrays named `layer/weight`, and `.keras`; matched by name, never by position."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from repro.atomic import write_npz
from repro.backbones import fc6, keras_file
from repro.types import InputError

# keras.applications' names for the fully connected layers of VGG.
_IMAGENET_NAMES = {"fc6": "fc1", "fc7": "fc2", "fc8": "predictions"}


class LoadReport(NamedTuple):
    """Names of arrays: those set, those of the model that the file lacks, those of the file left over."""

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]


def named_weights(model: keras.Model) -> dict[str, keras.Variable]:
    """`layer/weight` -> variable for every weight of every layer, nested models included.

    Raises ValueError if two weights share a name.
    """
    by_name: dict[str, keras.Variable] = {}
    for layer in _leaves(model):
        for variable in layer.weights:
            name = f"{layer.name}/{variable.name}"
            if name in by_name and by_name[name] is not variable:
                raise ValueError(f"two weights are called {name!r}")
            by_name[name] = variable
    return by_name


def _leaves(layer: keras.layers.Layer) -> Iterator[keras.layers.Layer]:
    if isinstance(layer, keras.Model):
        for inner in layer.layers:
            yield from _leaves(inner)
    elif isinstance(layer, keras.layers.TimeDistributed):
        yield from _leaves(layer.layer)
    else:
        yield layer


def save(model: keras.Model, path: Path) -> None:
    """Write all weights (not the random states), in float32."""
    write_npz(
        path,
        {
            name: np.asarray(keras.ops.convert_to_numpy(v), "float32")
            for name, v in named_weights(model).items()
        },
    )


def save_half(model: keras.Model, path: Path) -> None:
    """`save` at half the size: kernels in float16; biases and normalisations, which are few, in float32."""
    arrays = {name: keras.ops.convert_to_numpy(v) for name, v in named_weights(model).items()}
    write_npz(path, {n: a.astype("float16" if a.ndim > 1 else "float32") for n, a in arrays.items()})


def read(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a weight file; InputError if it is missing, damaged or holds NaN or infinity."""
    arrays = keras_file.read(path) if path.suffix == ".keras" else _read_npz(path)
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise InputError(f"weight file {path}: {name!r} holds NaN or infinity; make or fetch it again")
    return arrays


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        for name, array in arrays.items():  # a member that is no array comes as bytes
            if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
                raise ValueError(f"{name!r:.80} is no array of numbers")
    except Exception as error:  # NumPy answers a damaged file with whatever its parsing stumbles over
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"weight file {path} cannot be read ({reason}); make or fetch it again") from error
    return arrays


def load(model: keras.Model, path: Path, *, strict: bool = True) -> LoadReport:
    """Set every weight that file and model share by name.

    strict: InputError if the model has a weight that the file lacks. A shared name with another shape is an
    InputError always. Weights that only the file has are reported and left alone: a file of the training
    network also serves the parts of it.
    """
    return assign(model, read(path), path, strict=strict)


def assign(
    model: keras.Model, arrays: dict[str, np.ndarray], path: Path, *, strict: bool = True
) -> LoadReport:
    """`load` with the arrays at hand; `path` says in messages where they come from."""
    variables = named_weights(model)
    wrong = [
        f"{name}: {arrays[name].shape} in the file, {tuple(variables[name].shape)} in the network"
        for name in variables
        if name in arrays and arrays[name].shape != tuple(variables[name].shape)
    ]
    if wrong:
        raise InputError(f"weight file {path} is of another network; {'; '.join(wrong[:3])}")
    missing = tuple(name for name in variables if name not in arrays)
    if strict and missing:
        raise InputError(
            f"weight file {path} lacks {len(missing)} weights of the network, first {missing[0]}"
        )
    loaded = tuple(name for name in variables if name in arrays)
    for name in loaded:
        variables[name].assign(arrays[name].astype("float32"))
    return LoadReport(loaded, missing, tuple(name for name in arrays if name not in variables))


def imagenet_vgg(model: keras.Model, source: keras.Model) -> tuple[str, ...]:
    """Copy keras.applications' VGG into the layers of the same place: block1_conv1 -> conv1_1, fc1 -> fc6.

    source: `keras.applications.VGG16(...)` or `VGG19(...)` with its top, the one `model` is of. fc8 is copied
    where the number of classes is the same. Returns the names of the layers that were filled; fc6 is taken to
    the network's image size (`fc6.resampled`). Raises InputError where a shape differs (a reduced width).
    """
    filled = []
    for layer in _leaves(model):
        name = _imagenet_name(layer.name)
        if name is None:
            continue
        arrays = source.get_layer(name).get_weights()
        if layer.name == "fc6":
            channels = source.get_layer("block5_conv3").filters
            arrays[0] = fc6.resampled(arrays[0], layer.kernel.shape[0], channels)
        if layer.name == "fc8" and arrays[1].shape != tuple(layer.bias.shape):
            continue
        if [a.shape for a in arrays] != [tuple(w.shape) for w in layer.weights]:
            raise InputError(f"ImageNet weights do not fit {layer.name}: they need full width")
        layer.set_weights(arrays)
        filled.append(layer.name)
    return tuple(filled)


def _imagenet_name(name: str) -> str | None:
    """The layer's name in keras.applications' VGG, or None for a layer that has no counterpart there."""
    if name.startswith("conv") and name[4:5].isdigit():
        block, number = name.removeprefix("conv").split("_")
        return f"block{block}_conv{number}"
    return _IMAGENET_NAMES.get(name)

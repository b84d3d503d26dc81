"""Caffe's blobs to Keras' arrays: axes in another order, numbers untouched.

Both compute the cross-correlation, so no kernel is turned; and both keep colours as blue, green, red.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.backbones.preprocessing import MEAN_BGR
from repro.convert.caffemodel import Blobs
from repro.convert.reading import left_over, some
from repro.convert.targets import Target

Array = NDArray[np.float32]


class Filled(NamedTuple):
    """One line of the report: layer, its name in the file (None: made here), both shapes of its weights."""

    layer: str
    source: str | None
    caffe_shape: tuple[int, ...]
    keras_shape: tuple[int, ...]


def arrays(layers: Mapping[str, Blobs], target: Target) -> tuple[dict[str, Array], list[Filled]]:
    """`layer/kernel` and `layer/bias` of every layer of the target, and what came from where.

    layers: of `caffemodel.read_layers`. Nothing may be left over on either side: raises ValueError that names
    layers the file lacks, layers it has too many, and shapes that differ.
    """
    made = _identities(layers, target)
    wanted = target.kernels(_classes(layers, target))
    sources = {layer: target.name_in_file(layer) for layer in wanted if layer not in made}
    faults = _left_over(layers, sources)
    arrays: dict[str, Array] = {}
    report, wrong = [], []
    for layer, shape in wanted.items():
        blobs = layers.get(sources.get(layer, ""))
        if layer in made:
            kernel, bias = _identity(shape)
        elif blobs is not None:
            try:
                kernel, bias = _layer(blobs, shape, target.places if layer == "fc6" else ())
            except ValueError as error:
                wrong.append(f"{sources[layer]} {error}")
                continue
        else:
            continue
        report.append(Filled(layer, sources.get(layer), blobs[0].shape if blobs else (), shape))
        arrays[f"{layer}/kernel"], arrays[f"{layer}/bias"] = kernel, bias
    faults += [some(wrong, "; ")] if wrong else []
    if faults:
        raise ValueError("; ".join(faults))
    if target.mean_pixel is not None:
        _take_over_mean(arrays, next(iter(wanted)), target.mean_pixel)
    return arrays, report


def mean_volume(blob: Array, shape: tuple[int, int, int, int]) -> Array:
    """Caffe's mean of clips, [3, L, H, W] or [1, 3, L, H, W], to [L, H, W, 3]: `shape`, else ValueError."""
    length, height, width, channels = shape
    volume = _without_leading_ones(blob, 4)
    if volume.shape != (channels, length, height, width):
        raise ValueError(
            f"a mean of {_by(blob.shape)}, wanted {_by((channels, length, height, width))} (colours, frames, "
            "height, width); several means circulate, take the one of this network and frame size"
        )
    return np.ascontiguousarray(volume.transpose(1, 2, 3, 0))


def _classes(layers: Mapping[str, Blobs], target: Target) -> int:
    """Of fc8: the target's, else as many as the file's fc8 has biases."""
    blobs = layers.get(target.name_in_file("fc8"), ())
    return target.classes or (blobs[-1].size if blobs else 1)


def _identities(layers: Mapping[str, Blobs], target: Target) -> tuple[str, ...]:
    """The convolutions to be made here: all that the target allows, or none if the file has any of them."""
    absent = all(target.name_in_file(layer) not in layers for layer in target.identities)
    return target.identities if absent else ()


def _left_over(layers: Mapping[str, Blobs], sources: Mapping[str, str]) -> list[str]:
    missing = [name for name in sources.values() if name not in layers]
    unexpected = [name for name in layers if name not in sources.values()]
    return left_over(missing, unexpected)


def _identity(shape: tuple[int, ...]) -> tuple[Array, Array]:
    """A 3x3 convolution that gives back what it gets."""
    kernel = np.zeros(shape, np.float32)
    kernel[1, 1] = np.eye(shape[-1])
    return kernel, np.zeros(shape[-1], np.float32)


def _layer(blobs: Blobs, shape: tuple[int, ...], places: tuple[int, ...]) -> tuple[Array, Array]:
    """Kernel in the shape wanted and bias. places: of the map that was flattened before this layer.

    Caffe flattens colour by colour, Keras place by place; hence the way over the unflattened form.
    """
    inputs, outputs = shape[-2:]
    caffe = (outputs, inputs, *shape[:-2])
    if len(blobs) != 2:
        raise ValueError(f"has {len(blobs)} blobs, wanted weights and a bias")
    weights, bias = _without_leading_ones(blobs[0], len(caffe)), _without_leading_ones(blobs[1], 1)
    if weights.shape != caffe or bias.shape != (outputs,):
        wanted = f"{_by(caffe)} and {outputs}"
        raise ValueError(f"is {_by(blobs[0].shape)} with a bias of {_by(blobs[1].shape)}, wanted {wanted}")
    if places:
        weights = weights.reshape(outputs, -1, *places)
    kernel = weights.transpose(*range(2, weights.ndim), 1, 0).reshape(shape)
    return np.ascontiguousarray(kernel), bias.copy()


def _without_leading_ones(blob: Array, axes: int) -> Array:
    """Older files write every blob with four or five axes. Unchanged if more than ones would go."""
    extra = max(blob.ndim - axes, 0)
    return blob.reshape(blob.shape[extra:]) if set(blob.shape[:extra]) <= {1} else blob


def _take_over_mean(arrays: dict[str, Array], first: str, mean: tuple[float, float, float]) -> None:
    """Let the network take off VGG's mean instead of the file's: the difference goes into the first bias.

    Exact but for the outermost pixels of that layer: there the kernel also meets padding, which is the mean
    itself, VGG's now.
    """
    kernel = arrays[f"{first}/kernel"].astype(np.float64)
    difference = np.asarray(MEAN_BGR) - np.asarray(mean)
    bias = arrays[f"{first}/bias"] + np.einsum("hwio,i->o", kernel, difference)
    arrays[f"{first}/bias"] = bias.astype(np.float32)


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))

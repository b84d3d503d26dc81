"""Torch's arrays of EfficientNet-Lite to Keras': other names, axes in another order, numbers untouched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.backbones import efficientnet_lite
from repro.backbones.fixed_norm import BN
from repro.convert.mapping import Filled
from repro.convert.reading import NAMED, left_over

COUNTER = "num_batches_tracked"  # of the batches that a normalisation saw: nothing is computed with it
_NORM = {  # torch's name -> that in Keras
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}
Array = NDArray[np.float32]


def layers(variant: str) -> dict[str, tuple[str, str]]:
    """Layer in Keras -> in torch: the convolution and its normalisation, the latter empty for the logits."""
    result = {}
    for layer in efficientnet_lite.kernels(variant):
        part = layer.removesuffix("_conv")
        match part.split("_"):
            case ["stem"]:
                result[layer] = ("_conv_stem", "_bn0")
            case ["head"]:
                result[layer] = ("_conv_head", "_bn1")
            case [block, step]:
                number = ("expand", "depthwise", "project").index(step)
                prefix = f"_blocks.{block.removeprefix('block')}."
                result[layer] = (f"{prefix}_{step}_conv", f"{prefix}_bn{number}")
            case _:
                result[layer] = ("_fc", "")
    return result


def arrays(file: Mapping[str, NDArray[Any]], variant: str) -> tuple[dict[str, Array], list[Filled]]:
    """`layer/weight` float32 of the network with its normalisations, and what came from where.

    file: of `torch_file.read_arrays`. Nothing may be left over on either side: raises ValueError that names
    arrays the file lacks, arrays it has too many, and shapes or kinds that differ.
    """
    wanted = _wanted(variant)
    names = {source for source, _ in wanted.values()}
    counters = {f"{norm}.{COUNTER}" for _, norm in layers(variant).values() if norm}
    missing = sorted(name for name in names if name not in file)
    more = sorted(name for name in file if name not in names | counters)
    faults = left_over(missing, more)
    result: dict[str, Array] = {}
    report = []
    for name, (source, shape) in wanted.items():
        if source not in file:
            continue
        array = _turned(file[source], name)
        if array.shape != shape or array.dtype != np.float32:
            faults.append(f"{source} is {file[source].dtype} {file[source].shape}")
            continue
        result[name] = array
        if name.endswith("/kernel"):
            report.append(Filled(name.removesuffix("/kernel"), source, file[source].shape, shape))
    if faults:
        raise ValueError("; ".join(faults[:NAMED]))
    return result, report


def _wanted(variant: str) -> dict[str, tuple[str, tuple[int, ...]]]:
    """`layer/weight` -> the array of the file that it comes from, and its shape in Keras."""
    result: dict[str, tuple[str, tuple[int, ...]]] = {}
    kernels = efficientnet_lite.kernels(variant)
    for layer, (convolution, norm) in layers(variant).items():
        kernel = kernels[layer]
        channels = kernel[-2] if "_depthwise_" in layer else kernel[-1]
        result[f"{layer}/kernel"] = (f"{convolution}.weight", kernel)
        if not norm:
            result[f"{layer}/bias"] = (f"{convolution}.bias", (channels,))
            continue
        for theirs, ours in _NORM.items():
            result[f"{layer}{BN}/{ours}"] = (f"{norm}.{theirs}", (channels,))
    return result


def _turned(array: NDArray[Any], name: str) -> NDArray[Any]:
    """[O, I, H, W] to [H, W, I, O], depthwise [C, 1, H, W] to [H, W, C, 1], [N, K] to [K, N]."""
    if array.ndim == 4:
        axes = (2, 3, 0, 1) if "_depthwise_conv/" in name else (2, 3, 1, 0)
        return np.ascontiguousarray(array.transpose(axes))
    return np.ascontiguousarray(array.T)

"""Endpoints of an EfficientNet-Lite that stand for VGG-16's layers (preset `lite`), and names of outputs.

A block ends without activation, so about half of its values are negative. Where such maps would reach a
gate, an energy or an attention, a ReLU is put behind them (`End.relu`), as VGG-16 has one behind each layer.
"""

from __future__ import annotations

from typing import NamedTuple

from keras import KerasTensor, layers

from repro.backbones import efficientnet_lite


class End(NamedTuple):
    """endpoint: a name of `efficientnet_lite.endpoints`. relu: whether a ReLU belongs behind it."""

    endpoint: str
    relu: bool = False


# Of a layer: the group whose last block it is, counted from the end, and whether a ReLU belongs behind it.
_BLOCKS = {"pool4": (-3, True), "conv5_2": (-2, False), "pool5_narrow": (-1, True)}
_BEHIND = {"conv5_3": "head", "pool5": "head", "fc6": "mean", "fc7": "mean", "fc8": "logits"}
LAYERS = (*_BLOCKS, *_BEHIND)
HEADS = {"rgb": "appearance", "flow": "flow"}  # the output of each stream's network, VGG-16 or another


def end(variant: str, layer: str) -> End:
    """What stands for a layer of VGG-16; the shapes are those of Lite0 at 224 pixels.

    pool4         last block of group 5, behind a ReLU       block 10, [14, 14, 112]
    conv5_2       last block of group 6, as it is: it is     block 14, [7, 7, 192]
                  frozen and stored, and goes into convolutions alone
    pool5_narrow  last block of group 7, behind a ReLU       block 15, [7, 7, 320]
    conv5_3       the head behind its ReLU6, as is pool5     head, [7, 7, 1280]
    fc6, fc7      mean of the head over its places           mean, [1280]
    fc8           scores of ImageNet's classes, raw          logits, [1000]

    Raises ValueError for another layer or variant.
    """
    if layer in _BLOCKS:
        group, relu = _BLOCKS[layer]
        return End(efficientnet_lite.group_ends(variant)[group], relu)
    if layer not in _BEHIND:
        raise ValueError(f"layer {layer!r}; wanted one of {', '.join(LAYERS)}")
    efficientnet_lite.blocks(variant)  # refuses an unknown one
    return End(_BEHIND[layer])


def shape(variant: str, layer: str, size: int) -> tuple[int, ...]:
    """[h, w, C] of the maps that stand for a layer, or [D], for images of `size` pixels."""
    endpoint = end(variant, layer).endpoint
    if endpoint == "logits":
        return (efficientnet_lite.CLASSES,)
    if endpoint == "mean":
        return (efficientnet_lite.HEAD_CHANNELS,)
    if endpoint == "head":
        *places, _ = efficientnet_lite.map_shape(variant, efficientnet_lite.group_ends(variant)[-1], size)
        return (*places, efficientnet_lite.HEAD_CHANNELS)
    return efficientnet_lite.map_shape(variant, endpoint, size)


def behind(endpoints: dict[str, KerasTensor], variant: str, layer: str) -> KerasTensor:
    """What stands for a layer, from the endpoints that `efficientnet_lite.between` built."""
    endpoint, relu = end(variant, layer)
    return layers.ReLU(name=f"{layer}_relu")(endpoints[endpoint]) if relu else endpoints[endpoint]

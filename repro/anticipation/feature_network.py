"""The frame network of papers 1 and 2: a frozen trunk, the context sub-model and the action sub-model.

Paper 2, 3.2.1 and Fig. 3; paper 1, 4.1. Layer names are the papers'; `width` 1 is VGG-16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import keras
from keras import KerasTensor, layers

from repro.anticipation import base
from repro.anticipation.base import Base, softmax
from repro.anticipation.cam import CamGate, ClassScores, Pooling, SelectMap, map_of_class
from repro.experiment.recipe import VGG_16

CAM_SOURCES = ("conv5_2", "conv5_3", "context")
OWN = "action_"  # begins the names of layers that the action path has for itself
# How layers begin that the action path may have for itself: conv5-3 of VGG-16, or block and head of
# EfficientNet-Lite in its place; fc6 and fc7.
OWN_CONV5_3 = (OWN + "conv5_3", OWN + "block", OWN + "head")
OWN_FC = (OWN + "fc6", OWN + "fc7")
OWN_FC8 = OWN + "fc8"
LOCALISATION = ("loc_conv", "linear", *OWN_CONV5_3)  # the localisation part, whichever of them it has


@dataclass(frozen=True)
class FeatureSettings:
    """classes: K. size: S, pixels. loc_units: L, not scaled by width. backbone: VGG-16, or the
    EfficientNet-Lite in its place. The rest are the readings of A3 to A9.

    cam_from: `conv5_2` (A4 B: a localisation convolution on conv5-2), `conv5_3` (A4 A: the action
    sub-model's own conv5-3 in place of it) or `context` (A4 C: the localisation convolution on the
    context path's conv5-3, whose training then reaches conv5-3 too).
    """

    classes: int
    size: int = 224
    width: float = 1.0
    loc_units: int = 1024
    dropout: float = 0.5
    cam_from: str = "conv5_2"
    cam_pooling: str = "mean"
    loc_dropout: float = 0.0
    select: str = "predicted"
    rescale: str = "mean"
    own_fc: bool = False
    backbone: str = VGG_16


class FrameNetworks(NamedTuple):
    """Four views of the same layers; each takes images [B, S, S, 3], RGB 0..255, or with EfficientNet-Lite
    the stored maps of its trunk [B, h, w, C] (`base.lite`).

    training: {"context": [B, K], "localisation": [B, K]} and, with own fc layers, "action": [B, K];
    probabilities. features: {"context": [B, D], "action": [B, D]}, fc7 of both paths. maps: {"conv5_3",
    "gated": [B, h, w, C], "map": [B, h, w, 1]}, what the gate did. features_of_class: `features` gated by
    the map of a class that is given: inputs {"image" or "maps", "class": int [B]} (the readings of A3 with
    labels).
    """

    training: keras.Model
    features: keras.Model
    maps: keras.Model
    features_of_class: keras.Model


def build(settings: FeatureSettings) -> FrameNetworks:
    """Both sub-models over one trunk (conv1-1 to conv5-2, frozen)."""
    if settings.cam_from not in CAM_SOURCES:
        raise ValueError(f"cam_from {settings.cam_from!r}; wanted one of {', '.join(CAM_SOURCES)}")
    stand = _base(settings)
    conv5_3, context_path = stand.conv5_3, stand.head("")
    context = context_path(conv5_3)

    scores, class_maps = _localisation(settings, stand)
    outputs = {"context": context_path.classify(context), "localisation": softmax("localisation")(scores)}
    chosen = SelectMap(settings.select, name="select_map")(
        class_maps, outputs["context"] if settings.select == "context" else scores
    )
    gate = CamGate(settings.rescale, name="cam_gate")
    gated = gate(conv5_3, chosen)
    action_path = stand.head(OWN) if settings.own_fc else context_path
    action = action_path(gated)
    if settings.own_fc:
        outputs["action"] = action_path.classify(action)
    maps = {"conv5_3": conv5_3, "gated": gated, "map": chosen}
    given = keras.Input((), dtype="int32", name="class")
    action_of_class = action_path(gate(conv5_3, map_of_class(class_maps, given)))
    return FrameNetworks(
        training=keras.Model(stand.input, outputs, name="frame_network"),
        features=keras.Model(stand.input, {"context": context, "action": action}, name="frame_features"),
        maps=keras.Model(stand.input, maps, name="frame_maps"),
        features_of_class=keras.Model(
            {stand.input.name: stand.input, "class": given},
            {"context": context, "action": action_of_class},
            name="frame_features_of_class",
        ),
    )


def start_own_layers(model: keras.Model, prefixes: tuple[str, ...] = OWN_CONV5_3) -> tuple[str, ...]:
    """Set every layer `action_NAME` to the weights of `NAME`; returns their names.

    The action path's own conv5-3 (A4 A) starts as the context path's does, once the pre-trained weights are
    loaded; its own fc6 and fc7 (`OWN_FC`, A6), once the context path's are fine-tuned.
    """
    by_name = {layer.name: layer for layer in model.layers}
    own = tuple(layer.name for layer in model.layers if layer.weights and layer.name.startswith(prefixes))
    for name in own:
        by_name[name].set_weights(by_name[name.removeprefix(OWN)].get_weights())
    return own


def localisation_layers(model: keras.Model) -> tuple[str, ...]:
    """The names of the layers of the localisation part."""
    return tuple(layer.name for layer in model.layers if layer.name.startswith(LOCALISATION))


def _base(settings: FeatureSettings) -> Base:
    classes, size, dropout = settings.classes, settings.size, settings.dropout
    if settings.backbone == VGG_16:
        return base.vgg16(classes, size=size, width=settings.width, dropout=dropout)
    return base.lite(settings.backbone, classes, size=size, dropout=dropout)


def _localisation(settings: FeatureSettings, stand: Base) -> tuple[KerasTensor, KerasTensor]:
    """Scores S [B, K] and maps M [B, h, w, K] of the localisation part."""
    if settings.cam_from == "conv5_3":
        units = stand.own_conv5_3(OWN)
    else:
        source = stand.conv5_2 if settings.cam_from == "conv5_2" else stand.conv5_3
        convolution = layers.Conv2D(settings.loc_units, 3, padding="same", activation="relu", name="loc_conv")
        units = convolution(source)  # f_l
    linear = ClassScores(settings.classes, name="linear")
    pooled = Pooling(settings.cam_pooling, name="gap")(units)  # F_l
    if settings.loc_dropout:
        pooled = layers.Dropout(settings.loc_dropout, name="gap_dropout")(pooled)
    return linear(pooled), linear(units, maps=True)  # S_k, M_k

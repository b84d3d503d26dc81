"""The frame network of papers 1 and 2: a frozen trunk, the context sub-model and the action sub-model.

Paper 2, 3.2.1 and Fig. 3; paper 1, 4.1. Layer names are the papers'; `width` 1 is VGG-16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import keras
from keras import KerasTensor, layers, ops

from repro.anticipation.cam import CamGate, ClassScores, Pooling, SelectMap, map_of_class
from repro.backbones import vgg
from repro.backbones.preprocessing import CaffeBGR

CAM_SOURCES = ("conv5_2", "conv5_3", "context")
OWN = "action_"  # begins the names of layers that the action path has for itself
PRETRAINED = ("conv5_3", "fc6", "fc7")  # layers of VGG-16 that the action path may have for itself
LOCALISATION = ("loc_conv", OWN + "conv5_3", "linear")  # the localisation part, whichever of them it has


@dataclass(frozen=True)
class FeatureSettings:
    """classes: K. size: S, pixels. loc_units: L, not scaled by width. The rest are the readings of A3 to A9.

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
    select: str = "predicted"
    rescale: str = "mean"
    own_fc: bool = False


class FrameNetworks(NamedTuple):
    """Four views of the same layers; each takes images [B, S, S, 3], RGB 0..255.

    training: {"context": [B, K], "localisation": [B, K]} and, with own fc layers, "action": [B, K];
    probabilities. features: {"context": [B, D], "action": [B, D]}, fc7 of both paths. maps: {"conv5_3",
    "gated": [B, h, w, C], "map": [B, h, w, 1]}, what the gate did. features_of_class: `features` gated by
    the map of a class that is given: inputs {"image", "class": int [B]} (the readings of A3 with labels).
    """

    training: keras.Model
    features: keras.Model
    maps: keras.Model
    features_of_class: keras.Model


def build(settings: FeatureSettings) -> FrameNetworks:
    """Both sub-models over one trunk (conv1-1 to conv5-2, frozen)."""
    if settings.cam_from not in CAM_SOURCES:
        raise ValueError(f"cam_from {settings.cam_from!r}; wanted one of {', '.join(CAM_SOURCES)}")
    image = keras.Input((settings.size, settings.size, 3), name="image")
    pixels = CaffeBGR(name="caffe_bgr")(image)
    trunk = vgg.convolutions(pixels, vgg.VGG16, width=settings.width, until="conv5_2", trainable=False)

    conv5_3 = vgg.layer("conv5_3", settings.width)(trunk)
    pool5, flatten = vgg.layer("pool5"), layers.Flatten(name="flatten")
    context_fc = _FullyConnected(settings, "")
    context = context_fc(flatten(pool5(conv5_3)))

    scores, class_maps = _localisation(settings, trunk, conv5_3)
    outputs = {"context": context_fc.classify(context), "localisation": _softmax("localisation")(scores)}
    chosen = SelectMap(settings.select, name="select_map")(
        class_maps, outputs["context"] if settings.select == "context" else scores
    )
    gate = CamGate(settings.rescale, name="cam_gate")
    gated = gate(conv5_3, chosen)
    action_fc = _FullyConnected(settings, OWN) if settings.own_fc else context_fc
    # Training own fc layers must not reach back: both sub-models stay as they are without them (A6).
    action = action_fc(flatten(pool5(ops.stop_gradient(gated) if settings.own_fc else gated)))

    if settings.own_fc:
        outputs["action"] = action_fc.classify(action)
    maps = {"conv5_3": conv5_3, "gated": gated, "map": chosen}
    given = keras.Input((), dtype="int32", name="class")
    action_of_class = action_fc(flatten(pool5(gate(conv5_3, map_of_class(class_maps, given)))))
    return FrameNetworks(
        training=keras.Model(image, outputs, name="frame_network"),
        features=keras.Model(image, {"context": context, "action": action}, name="frame_features"),
        maps=keras.Model(image, maps, name="frame_maps"),
        features_of_class=keras.Model(
            {"image": image, "class": given},
            {"context": context, "action": action_of_class},
            name="frame_features_of_class",
        ),
    )


def start_own_layers(model: keras.Model) -> tuple[str, ...]:
    """Set every layer `action_NAME` to the weights of `NAME`; returns their names.

    For after the pre-trained weights were loaded: the action path's own fc6 and fc7 (A6), or its own conv5-3
    (A4 A), start as the context path's do.
    """
    by_name = {layer.name: layer for layer in model.layers}
    own = [name for name in by_name if name.removeprefix(OWN) in PRETRAINED and name.startswith(OWN)]
    for name in own:
        by_name[name].set_weights(by_name[name.removeprefix(OWN)].get_weights())
    return tuple(own)


class _FullyConnected:
    """fc6, fc7 and fc8 of one path; the feature is fc7 after its ReLU, before its dropout."""

    def __init__(self, settings: FeatureSettings, prefix: str) -> None:
        self.fc6, self.fc7 = vgg.fully_connected(settings.width, prefix)
        self.drop6 = layers.Dropout(settings.dropout, name=f"{prefix}fc6_dropout")
        self.drop7 = layers.Dropout(settings.dropout, name=f"{prefix}fc7_dropout")
        self.fc8 = layers.Dense(settings.classes, name=f"{prefix}fc8")
        self.softmax = _softmax("action" if prefix else "context")

    def __call__(self, flat: KerasTensor) -> KerasTensor:
        feature: KerasTensor = self.fc7(self.drop6(self.fc6(flat)))
        return feature

    def classify(self, fc7: KerasTensor) -> KerasTensor:
        """Class probabilities [B, K], only for training."""
        return self.softmax(self.fc8(self.drop7(fc7)))


def _softmax(name: str) -> layers.Softmax:
    return layers.Softmax(name=name, dtype="float32")


def _localisation(
    settings: FeatureSettings, trunk: KerasTensor, conv5_3: KerasTensor
) -> tuple[KerasTensor, KerasTensor]:
    """Scores S [B, K] and maps M [B, h, w, K] of the localisation part."""
    if settings.cam_from == "conv5_3":
        units = vgg.layer("conv5_3", settings.width, prefix=OWN)(trunk)
    else:
        source = trunk if settings.cam_from == "conv5_2" else conv5_3
        convolution = layers.Conv2D(settings.loc_units, 3, padding="same", activation="relu", name="loc_conv")
        units = convolution(source)  # f_l
    linear = ClassScores(settings.classes, name="linear")
    scores = linear(Pooling(settings.cam_pooling, name="gap")(units))  # F_l, then S_k
    return scores, linear(units, maps=True)

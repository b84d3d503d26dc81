"""What the two sub-models of papers 1 and 2 stand on: VGG-16's layers, or those of a smaller network.

A base begins where its network is no longer trained: VGG-16 with the image, since its first layers run on
augmented frames; EfficientNet-Lite with stored maps, whose trunk ran once (`repro.experiment.trunk`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import keras
from keras import KerasTensor, layers

from repro.backbones import efficientnet_lite, ends, vgg
from repro.backbones.preprocessing import CaffeBGR

FEATURES = efficientnet_lite.HEAD_CHANNELS  # D: mean of the head, in place of fc7


class Head(Protocol):
    """The layers behind conv5-3 of one path."""

    def __call__(self, conv5_3: KerasTensor) -> KerasTensor:
        """Maps [B, h, w, C] -> the feature [B, D]."""

    def classify(self, feature: KerasTensor) -> KerasTensor:
        """Class probabilities [B, K], only for training."""


class Base(NamedTuple):
    """input: image [B, S, S, 3], RGB 0..255, or stored maps. conv5_2: frozen. conv5_3: trained, 0 or more.

    own_conv5_3: the same layers as before conv5_3 once more, from conv5_2 on, with the given prefix (A4 A).
    head: what stands behind conv5-3, by the prefix of its layers' names; "" is the context path's.
    """

    input: KerasTensor
    conv5_2: KerasTensor
    conv5_3: KerasTensor
    own_conv5_3: Callable[[str], KerasTensor]
    head: Callable[[str], Head]


def vgg16(classes: int, *, size: int, width: float, dropout: float) -> Base:
    """conv1-1 to conv5-2 frozen; conv5-3, fc6 and fc7 trained. The feature is fc7, D = 4096 * width."""
    image = keras.Input((size, size, 3), name="image")
    pixels = CaffeBGR(name="caffe_bgr")(image)
    trunk = vgg.convolutions(pixels, vgg.VGG16, width=width, until="conv5_2", trainable=False)

    def conv5_3(prefix: str = "") -> KerasTensor:
        return vgg.layer("conv5_3", width, prefix=prefix)(trunk)

    pool5, flatten = vgg.layer("pool5"), layers.Flatten(name="flatten")

    def head(prefix: str) -> Head:
        return _FullyConnected(lambda maps: flatten(pool5(maps)), classes, width, dropout, prefix)

    return Base(image, trunk, conv5_3(), conv5_3, head)


def lite(backbone: str, classes: int, *, size: int, dropout: float) -> Base:
    """Behind the stored maps of block 14: block 15 and the head convolution, trained. The feature is the mean
    of the head over places, D = 1280.

    The maps have a sign (a block ends without activation) and go into convolutions alone; what the gate
    multiplies is the head behind its ReLU6.
    """
    end = conv5_2(backbone)
    maps = keras.Input(efficientnet_lite.map_shape(backbone, end, size), name="maps")
    until = ends.end(backbone, "conv5_3").endpoint

    def conv5_3(prefix: str = "") -> KerasTensor:
        settings: dict[str, Any] = {"folded": False, "trainable": True, "prefix": prefix}
        return efficientnet_lite.between(maps, backbone, after=end, until=until, **settings)[until]

    return Base(maps, maps, conv5_3(), conv5_3, lambda prefix: _Pooled(classes, dropout, prefix))


def conv5_2(backbone: str) -> str:
    """The endpoint of an EfficientNet-Lite whose maps are stored: 7 x 7 x 192 of Lite0 at 224 pixels."""
    return ends.end(backbone, "conv5_2").endpoint


class _FullyConnected:
    """fc6, fc7 and fc8 of one path; the feature is fc7 after its ReLU, before its dropout."""

    def __init__(
        self,
        flat: Callable[[KerasTensor], KerasTensor],
        classes: int,
        width: float,
        dropout: float,
        prefix: str,
    ) -> None:
        self.flat = flat
        self.fc6, self.fc7 = vgg.fully_connected(width, prefix)
        self.drop6 = layers.Dropout(dropout, name=f"{prefix}fc6_dropout")
        self.drop7 = layers.Dropout(dropout, name=f"{prefix}fc7_dropout")
        self.fc8 = layers.Dense(classes, name=f"{prefix}fc8")
        self.softmax = softmax("action" if prefix else "context")

    def __call__(self, conv5_3: KerasTensor) -> KerasTensor:
        feature: KerasTensor = self.fc7(self.drop6(self.fc6(self.flat(conv5_3))))
        return feature

    def classify(self, feature: KerasTensor) -> KerasTensor:
        return self.softmax(self.fc8(self.drop7(feature)))


class _Pooled:
    """The mean over places and fc8 of one path; nothing between them."""

    def __init__(self, classes: int, dropout: float, prefix: str) -> None:
        self.mean = layers.GlobalAveragePooling2D(name=f"{prefix}mean")
        self.drop = layers.Dropout(dropout, name=f"{prefix}mean_dropout")
        self.fc8 = layers.Dense(classes, name=f"{prefix}fc8")
        self.softmax = softmax("action" if prefix else "context")

    def __call__(self, conv5_3: KerasTensor) -> KerasTensor:
        return self.mean(conv5_3)

    def classify(self, feature: KerasTensor) -> KerasTensor:
        return self.softmax(self.fc8(self.drop(feature)))


def softmax(name: str) -> layers.Softmax:
    """Probabilities in float32, whatever the layers before compute in."""
    return layers.Softmax(name=name, dtype="float32")

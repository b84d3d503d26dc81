"""Recognition from single RGB frames: VGG with all its layers trained, or its trained layers as features.

The counterpart of `temporal`. VGG-16 in the very deep form of Wang et al. 2015 gives paper 4's appearance
features; VGG-19 gives paper 3 what it attends to (objects, actions, scenes).
"""

from __future__ import annotations

import keras

from repro.backbones import vgg
from repro.backbones.preprocessing import CaffeBGR


def spatial_network(
    classes: int,
    *,
    size: int,
    width: float = 1.0,
    fc_dropout: tuple[float, float] = (0.9, 0.9),
    blocks: tuple[int, ...] = vgg.VGG16,
    output: str = "softmax",
    name: str = "appearance",
) -> keras.Model:
    """VGG on frames [B, S, S, 3], uint8 or float, RGB 0..255 -> {name: probabilities float32 [B, K]}.

    classes: K. size: S in pixels. width: 1 for the paper's channels, less for all layers alike. fc_dropout:
    after fc6 and fc7. blocks: `vgg.VGG16` or `vgg.VGG19`. output: `softmax` or `sigmoid`. Layers have VGG's
    names, so that a pre-trained file fills all but an fc8 of other classes; fc8 puts out raw scores.
    """
    image = keras.Input((size, size, 3), name="image")
    x = vgg.convolutions(CaffeBGR(name="caffe_bgr")(image), blocks, width=width)
    _, probabilities = vgg.fine_tuned_top(
        x, classes, width=width, dropout=fc_dropout, name=name, output=output
    )
    return keras.Model(image, {name: probabilities}, name="spatial_network")

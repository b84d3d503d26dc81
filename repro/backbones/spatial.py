"""The spatial network of two-stream recognition: VGG-16 on single RGB frames, trained in all its layers.

The counterpart of `temporal`, in the very deep form of Wang et al. 2015: paper 4's appearance features.
"""

from __future__ import annotations

import keras

from repro.backbones import vgg
from repro.backbones.preprocessing import CaffeBGR


def spatial_network(
    classes: int, *, size: int, width: float = 1.0, fc_dropout: tuple[float, float] = (0.9, 0.9)
) -> keras.Model:
    """VGG-16 on frames [B, S, S, 3], uint8 or float, RGB 0..255 -> {"appearance": probabilities [B, K]}.

    classes: K. size: S in pixels. width: 1 for the paper's channels, less for all layers alike. fc_dropout:
    after fc6 and fc7. Layers have VGG's names, so that a pre-trained file fills all but fc8.
    """
    image = keras.Input((size, size, 3), name="image")
    x = vgg.convolutions(CaffeBGR(name="caffe_bgr")(image), vgg.VGG16, width=width)
    _, probabilities = vgg.fine_tuned_top(x, classes, width=width, dropout=fc_dropout, name="appearance")
    return keras.Model(image, {"appearance": probabilities}, name="spatial_network")

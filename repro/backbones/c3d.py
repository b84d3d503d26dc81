"""C3D: eight 3x3x3 convolutions over short clips, layer by layer under its names (conv1a ... fc8).

Tran et al. 2015, the public definition for Sports-1M (paper 3, 3.1). Stride 1 and zero padding in space and
time, ReLU; max pooling by 2 in each direction, but pool1 leaves time alone. At `width` 1 the channels are
the paper's; smaller widths shrink all layers alike.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import KerasTensor, initializers, layers
from numpy.typing import NDArray

from repro.backbones.clips import ClipCrop, VolumeBGR
from repro.backbones.outputs import probabilities
from repro.types import InputError

CHANNELS = {
    "conv1a": 64,
    "conv2a": 128,
    "conv3a": 256,
    "conv3b": 256,
    "conv4a": 512,
    "conv4b": 512,
    "conv5a": 512,
    "conv5b": 512,
}
ENDPOINTS = (
    *("conv1a", "pool1", "conv2a", "pool2", "conv3a", "conv3b", "pool3"),
    *("conv4a", "conv4b", "pool4", "conv5a", "conv5b", "pool5"),
)
FC_UNITS = 4096
INITIAL = ("public", "glorot")


def c3d(
    classes: int,
    *,
    frames: int = 16,
    resized: tuple[int, int] = (128, 171),
    crop: int = 112,
    width: float = 1.0,
    dropout: float = 0.5,
    mean: NDArray[np.floating] | None = None,
    output: str = "softmax",
    initial: str = "public",
    name: str = "c3d",
) -> keras.Model:
    """C3D on clips [B, L, H, W, 3], uint8 or float, RGB 0..255 -> {name: probabilities float32 [B, K]}.

    classes: K. frames: L. resized: (H, W), to which the frames have been taken whatever their
    proportions. crop: side of the square that the first convolution sees (`ClipCrop`). mean: [L, H, W, 3],
    subtracted before the crop, in the order blue, green, red; None for the mean pixel of VGG. output:
    `softmax` or `sigmoid`. initial: `public` for the values that the definition draws (`_initial`), `glorot`
    for Keras' own, since at a small width the former pass almost nothing on. Raises InputError if `mean` has
    another shape, ValueError for a crop that does not fit or an unknown `output` or `initial`.
    """
    shape = (frames, *resized, 3)
    if mean is not None and mean.shape != shape:
        raise InputError(
            f"the mean volume is {mean.shape}, the clips are {shape}; take weights made for this size"
        )
    if not 1 <= crop <= min(resized):
        raise ValueError(f"a crop of {crop} pixels of frames of {resized}; wanted 1 to {min(resized)}")
    clip = keras.Input(shape, name="clip")
    x = ClipCrop(crop, name="clip_crop")(VolumeBGR(mean, name="volume_bgr")(clip))
    for endpoint in ENDPOINTS:
        x = _layer(endpoint, width, initial)(x)
    x = layers.Flatten(name="flatten")(x)
    for fc in ("fc6", "fc7"):
        x = layers.Dense(round(FC_UNITS * width), activation="relu", name=fc, **_initial(fc, initial))(x)
        x = layers.Dropout(dropout, name=f"{fc}_dropout")(x)
    scores: KerasTensor = layers.Dense(classes, name="fc8", **_initial("fc8", initial))(x)
    return keras.Model(clip, {name: probabilities(output, name)(scores)}, name=f"{name}_network")


def _layer(name: str, width: float, initial: str) -> layers.Layer:
    """The convolution or pooling layer of that name.

    A pooling window that reaches over the border is cut off there, never left out: so 7 places become 4 in
    pool5. Sizes 16 and 112 halve evenly up to there; for shorter clips the rule holds in time as well, and
    a single place stays one.
    """
    if name.startswith("pool"):
        window = (1, 2, 2) if name == "pool1" else (2, 2, 2)
        return layers.MaxPooling3D(window, strides=window, padding="same", name=name)
    return layers.Conv3D(
        round(CHANNELS[name] * width),
        3,
        padding="same",
        activation="relu",
        name=name,
        **_initial(name, initial),
    )


def _initial(name: str, initial: str) -> dict[str, initializers.Initializer]:
    """How the layer of that name is drawn (paper 3, 3.1): Gaussian, biases 1 but for conv1a and fc8."""
    if initial not in INITIAL:
        raise ValueError(f"initial {initial!r}; wanted one of {', '.join(INITIAL)}")
    if initial == "glorot":
        return {}
    deviation = 0.005 if name in ("fc6", "fc7") else 0.01
    bias = 0.0 if name in ("conv1a", "fc8") else 1.0
    return {
        "kernel_initializer": initializers.RandomNormal(stddev=deviation),
        "bias_initializer": initializers.Constant(bias),
    }

"""The preprocessing that belongs to pre-trained weights, as a layer: it travels with the network."""

from __future__ import annotations

from typing import Any

import keras
from keras import KerasTensor, ops

# Mean of the ImageNet training images in the order of the weights: blue, green, red.
MEAN_BGR = (103.939, 116.779, 123.68)


@keras.saving.register_keras_serializable(package="repro")
class CaffeBGR(keras.layers.Layer):
    """RGB 0..255 -> BGR minus the channel means; no scaling. uint8 or float [..., 3] -> float [..., 3]."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(autocast=False, **settings)  # uint8 goes in, the compute dtype comes out

    def call(self, images: KerasTensor) -> KerasTensor:
        bgr = ops.flip(ops.cast(images, self.compute_dtype), axis=-1)
        return bgr - ops.convert_to_tensor(MEAN_BGR, dtype=self.compute_dtype)

    def compute_output_spec(self, images: KerasTensor) -> KerasTensor:
        return keras.KerasTensor(images.shape, dtype=self.compute_dtype)


@keras.saving.register_keras_serializable(package="repro")
class CentredRGB(keras.layers.Layer):
    """RGB 0..255 -> (x - 127) / 128, that of EfficientNet-Lite. uint8 or float [..., 3] -> float [..., 3]."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(autocast=False, **settings)  # uint8 goes in, the compute dtype comes out

    def call(self, images: KerasTensor) -> KerasTensor:
        return (ops.cast(images, self.compute_dtype) - 127) / 128

    def compute_output_spec(self, images: KerasTensor) -> KerasTensor:
        return keras.KerasTensor(images.shape, dtype=self.compute_dtype)

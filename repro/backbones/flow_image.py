"""A field of flow as an image of three channels, for a network that was trained on RGB and stays as it is."""

from __future__ import annotations

from typing import Any

import keras
from keras import KerasTensor, ops

STILL = 128  # the level of no motion


@keras.saving.register_keras_serializable(package="repro")
class FlowImage(keras.layers.Layer):
    """Levels (x, y) of a field -> (x, y, 128 + min(|v|, 127)) with v = (x - 128, y - 128).

    uint8 or float [..., 2], 0..255 -> float [..., 3], 0..255: the third channel is the speed, as usual where
    networks of RGB read flow (Gkioxari and Malik 2015, arXiv 1411.6031). mirrored: of the scene in a
    mirror, [..., H, W, 2]: left and right exchanged, x becomes 256 - x, cut to 255, so that still
    stays still.
    """

    def __init__(self, mirrored: bool = False, **settings: Any) -> None:
        super().__init__(autocast=False, **settings)  # uint8 goes in, the compute dtype comes out
        self.mirrored = mirrored

    def call(self, levels: KerasTensor) -> KerasTensor:
        x, y = ops.split(ops.cast(levels, self.compute_dtype), 2, axis=-1)
        if self.mirrored:
            x, y = ops.minimum(256 - ops.flip(x, axis=-2), 255), ops.flip(y, axis=-2)
        speed = ops.sqrt(ops.square(x - STILL) + ops.square(y - STILL))
        return ops.concatenate([x, y, STILL + ops.minimum(speed, 255 - STILL)], axis=-1)

    def compute_output_spec(self, levels: KerasTensor) -> KerasTensor:
        return keras.KerasTensor((*levels.shape[:-1], 3), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mirrored": self.mirrored}

"""What C3D does to a clip before its first convolution, as layers: they travel with the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, layers, ops
from numpy.typing import NDArray

from repro.backbones.preprocessing import MEAN_BGR


@keras.saving.register_keras_serializable(package="repro")
class VolumeBGR(layers.Layer):
    """RGB 0..255 -> BGR minus a mean over the training clips: [B, L, H, W, 3], uint8 or float -> float.

    mean: [L, H, W, 3] in the order blue, green, red, or None for the mean pixel of the VGG weights. As a
    volume has a million numbers, a saved model holds it among its arrays, and the layer's configuration only
    its shape: mean_shape alone makes the layer whose mean is still to be loaded, and says NaN until it is.
    """

    def __init__(
        self,
        mean: NDArray[np.floating] | None = None,
        *,
        mean_shape: Sequence[int] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(autocast=False, **settings)  # uint8 goes in, the compute dtype comes out
        if mean is None:
            mean = np.asarray(MEAN_BGR) if mean_shape is None else np.full(mean_shape, np.nan, np.float32)
        self.mean = np.asarray(mean)

    def call(self, clip: KerasTensor) -> KerasTensor:
        # The mean is no whole number: subtracted in half precision, it would be rounded to one.
        exact = keras.backend.result_type(self.compute_dtype, "float32")
        bgr = ops.flip(ops.cast(clip, exact), axis=-1)
        return ops.cast(bgr - ops.convert_to_tensor(self.mean, dtype=exact), self.compute_dtype)

    def compute_output_spec(self, clip: KerasTensor) -> KerasTensor:
        return KerasTensor(clip.shape, dtype=self.compute_dtype)

    def save_own_variables(self, store: Any) -> None:
        store["mean"] = self.mean

    def load_own_variables(self, store: Any) -> None:
        self.mean = np.asarray(store["mean"])

    def get_config(self) -> dict[str, Any]:
        shape = None if self.mean.ndim == 1 else list(self.mean.shape)
        return {**super().get_config(), "mean_shape": shape}


@keras.saving.register_keras_serializable(package="repro")
class ClipCrop(layers.Layer):
    """A square of `crop` pixels of every frame: [B, L, H, W, C] -> [B, L, crop, crop, C] (paper 3, A20).

    Outside training the centre, from the integer halves of what is left over. In training one random place
    for each clip, every admissible place alike, and mirrored with probability 1/2; the same for all frames of
    a clip. The generator is state of the layer: a resumed training draws what it would have drawn.
    """

    def __init__(self, crop: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.crop = crop
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, clip: KerasTensor, training: bool | None = None) -> KerasTensor:
        _, _, height, width, _ = clip.shape
        if not training:
            top, left = (height - self.crop) // 2, (width - self.crop) // 2
            return clip[:, :, top : top + self.crop, left : left + self.crop]
        count = ops.shape(clip)[0]
        top = self._draw(count, height - self.crop + 1)
        left = self._draw(count, width - self.crop + 1)
        mirror = self._draw(count, 2)
        place = ops.arange(self.crop, dtype="int32")
        columns = ops.where(mirror == 1, self.crop - 1 - place, place)
        return _cut(clip, top + place, left + columns)

    def _draw(self, count: int, below: int) -> KerasTensor:
        """Whole numbers 0 ... below - 1, int32 [B, 1]."""
        return keras.random.randint((count, 1), 0, below, dtype="int32", seed=self.seed_generator)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:2], self.crop, self.crop, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "crop": self.crop}


def _cut(clip: KerasTensor, rows: KerasTensor, columns: KerasTensor) -> KerasTensor:
    """The pixels at rows int32 [B, h] and columns [B, w] of each clip [B, L, H, W, C] -> [B, L, h, w, C].

    One look-up in the list of all pixels: Keras has no slice whose place differs over the batch.
    """
    _, frames, height, width, channels = clip.shape
    frame = ops.reshape(ops.arange(ops.shape(clip)[0] * frames, dtype="int32"), (-1, frames, 1, 1))
    index = (frame * height + rows[:, None, :, None]) * width + columns[:, None, None, :]
    return ops.take(ops.reshape(clip, (-1, channels)), index, axis=0)

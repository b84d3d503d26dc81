"""Paper 4's loss: cross-entropy at every frame against the label of the video."""

from __future__ import annotations

import keras
from keras import KerasTensor, ops

EPSILON = 1e-7  # p is clipped to [EPSILON, 1 - EPSILON]


@keras.saving.register_keras_serializable(package="repro")
class SnippetCrossEntropy(keras.losses.Loss):
    """sum_t -log p_t[y]. Paper 4, 5.2.

    y: the video's class, integers [B] or one-hot [B, K]. p [B, T, K], float: the softmax of every frame. The
    sum is not divided by T: RMSprop hardly sees the scale, and padded frames count like real ones. `call`
    gives one value a snippet [B], in the dtype of p; as Keras calls it, it is the mean over the batch.
    """

    def call(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        logs = ops.log(ops.clip(p, EPSILON, 1 - EPSILON))
        chosen = y if len(y.shape) == 2 else ops.one_hot(ops.cast(y, "int32"), p.shape[-1], dtype=p.dtype)
        return -ops.sum(logs * ops.cast(chosen, p.dtype)[:, None, :], axis=(1, 2))

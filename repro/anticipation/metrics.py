"""What is measured while a sequence model trains; the reported numbers come from `repro.evaluation`."""

from __future__ import annotations

from typing import Any

import keras
from keras import KerasTensor, ops


@keras.saving.register_keras_serializable(package="repro")
class VideoAccuracy(keras.metrics.MeanMetricWrapper):
    """The share of videos for which `video_accuracy` is 1, over all batches since the last reset."""

    def __init__(self, name: str = "video_accuracy", dtype: Any = None) -> None:
        super().__init__(video_accuracy, name=name, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": self.dtype}


def video_accuracy(y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
    """1 where the class of the mean probability over the observed frames is the true one, else 0.

    y_true: one-hot [B, T, K], zero rows beyond T_i. y_pred: probabilities [B, T, K]. Returns [B].
    The prediction rule of paper 2, 3.2.2, after the whole sequence.
    """
    observed = ops.sum(y_true, axis=-1, keepdims=True)  # [B, T, 1]: 1 up to T_i, then 0
    mean = ops.sum(y_pred * observed, axis=1)  # the sum has the argmax of the mean
    true = ops.argmax(ops.sum(y_true, axis=1), axis=-1)
    return ops.cast(ops.equal(ops.argmax(mean, axis=-1), true), "float32")

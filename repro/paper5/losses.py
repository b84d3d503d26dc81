"""Paper 5's losses: cross-entropy of every frame, and how far a branch's energy is from the attention."""

from __future__ import annotations

import keras
from keras import KerasTensor, ops

EPSILON = 1e-7  # p is clipped to [EPSILON, 1 - EPSILON]
SMALLEST_TOTAL = 1e-8  # so that a frame without any activity has the energy 0


@keras.saving.register_keras_serializable(package="repro")
class ClipCrossEntropy(keras.losses.Loss):
    """- sum_t log p_t[y]. Paper 5, 3.2 and C13.

    y: the clip's class, integers [B]. p [B, T, K], float: a softmax of every frame, of the LSTM or of a
    branch's head. The sum runs over all T frames and is not divided by T, as printed. `call` gives one value
    a clip [B], in the dtype of p; as Keras calls it, it is the mean over the batch.
    """

    def call(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        chosen = ops.one_hot(ops.cast(y, "int32"), p.shape[-1], dtype=p.dtype)
        return -ops.sum(ops.log(ops.clip(p, EPSILON, 1 - EPSILON)) * chosen[:, None, :], axis=(1, 2))


@keras.saving.register_keras_serializable(package="repro")
class GapLoss(keras.losses.Loss):
    """The `attention_gap` [B] that the network puts out, as it is: it needs no target, y decides nothing."""

    def call(self, y: KerasTensor, gap: KerasTensor) -> KerasTensor:
        return gap


def energy(x: KerasTensor) -> KerasTensor:
    """e_{t,i} = sum_c X_{t,i,c} / max(sum_j sum_c X_{t,j,c}, 1e-8). Paper 5, 3.2.

    X [B, T, h, w, C], not negative: the maps of one branch that the LSTM reads. Returns [B, T, h, w], the
    share of each location in its frame: its sum is 1, or 0 where the whole frame is 0.
    """
    of_location = ops.sum(x, axis=-1)
    total = ops.sum(of_location, axis=(2, 3), keepdims=True)
    return of_location / ops.maximum(total, SMALLEST_TOTAL)


def attention_gap(x: KerasTensor, attention: KerasTensor) -> KerasTensor:
    """sum_t sum_i (e_{t,i} - att_{t,i})^2, one value per clip [B]. Paper 5, 3.2, without its lambda.

    X [B, T, h, w, C] as in `energy`; attention [B, T, h, w]: att_t, made from h_{t-1}. The gradient passes
    through the numerator and the denominator of e, and into att unless the caller stops it (C15).
    """
    return ops.sum(ops.square(energy(x) - attention), axis=(1, 2, 3))

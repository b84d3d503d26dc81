"""Paper 3's losses: softmax with one class a video, sigmoids with several; at every step or on their mean.

Their `call` gives one value a window [B], in the dtype of p; as Keras calls them they are the mean over the
batch.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import KerasTensor, ops

EPSILON = 1e-7  # p is clipped to [EPSILON, 1 - EPSILON]
LOSS_ON = ("steps", "mean")
OVER_CLASSES = ("sum", "mean")


class WindowLoss(keras.losses.Loss):
    """The mean of the losses of a window's steps, or the loss of the mean of their probabilities (A6).

    loss_on: `steps` or `mean`. p [B, N, K], or [B, K] of a network that says one thing: a window of one step.
    Raises ValueError for another `loss_on`.
    """

    def __init__(self, loss_on: str = "steps", **settings: Any) -> None:
        super().__init__(**settings)
        if loss_on not in LOSS_ON:
            raise ValueError(f"loss_on {loss_on!r}; wanted one of {', '.join(LOSS_ON)}")
        self.loss_on = loss_on

    def call(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        p = p if len(p.shape) == 3 else p[:, None, :]
        return self.of_steps(y, p if self.loss_on == "steps" else ops.mean(p, axis=1, keepdims=True))

    def of_steps(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        """The mean over N of what each step costs: p [B, N, K] -> [B]."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "loss_on": self.loss_on}


@keras.saving.register_keras_serializable(package="repro")
class WindowCrossEntropy(WindowLoss):
    """-log p_t[y] of a step: y the video's class, integers [B], p_t its softmax [B, N, K]. Paper 3, 4.1."""

    def of_steps(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        """-log p_t[y], its mean over the steps."""
        chosen = ops.one_hot(ops.cast(y, "int32"), p.shape[-1], dtype=p.dtype)
        return -ops.mean(ops.sum(_log(p) * chosen[:, None, :], axis=-1), axis=-1)


@keras.saving.register_keras_serializable(package="repro")
class WindowBinaryCrossEntropy(WindowLoss):
    """sum over k of -y_k log p_t,k - (1 - y_k) log(1 - p_t,k) of a step.

    y: 1 for every class of the video, else 0, [B, K]. p_t: the step's sigmoids, [B, N, K]. Paper 3,
    supplement, for Hollywood2; a sum by A23, with of_classes `mean` divided by K: the other reading. Raises
    ValueError for another `of_classes`.
    """

    def __init__(self, of_classes: str = "sum", **settings: Any) -> None:
        super().__init__(**settings)
        if of_classes not in OVER_CLASSES:
            raise ValueError(f"of_classes {of_classes!r}; wanted one of {', '.join(OVER_CLASSES)}")
        self.of_classes = of_classes

    def of_steps(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        """The sum over the classes, its mean over the steps."""
        true = ops.cast(y, p.dtype)[:, None, :]
        total = -ops.mean(ops.sum(true * _log(p) + (1 - true) * _log(1 - p), axis=-1), axis=-1)
        return total if self.of_classes == "sum" else total / p.shape[-1]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "of_classes": self.of_classes}


def choose(activation: str, loss_on: str = "steps", of_classes: str = "sum") -> WindowLoss:
    """The loss for `softmax` or `sigmoid` probabilities, at every one of the `steps` or on their `mean`.

    of_classes: of sigmoids, the `sum` or the `mean` over the classes. Raises ValueError for other names.
    """
    if activation == "softmax":
        return WindowCrossEntropy(loss_on=loss_on)
    if activation != "sigmoid":
        raise ValueError(f"activation {activation!r}; wanted one of softmax, sigmoid")
    return WindowBinaryCrossEntropy(of_classes, loss_on=loss_on)


def _log(p: KerasTensor) -> KerasTensor:
    return ops.log(ops.clip(p, EPSILON, 1 - EPSILON))

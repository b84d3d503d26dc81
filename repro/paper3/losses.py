"""Paper 3's losses: softmax with one class a video, sigmoids with several; at every step or on their mean."""

from __future__ import annotations

from collections.abc import Callable

from keras import KerasTensor, ops

EPSILON = 1e-7  # p is clipped to [EPSILON, 1 - EPSILON]
LOSS_ON = ("steps", "mean")
Loss = Callable[[KerasTensor, KerasTensor], KerasTensor]


def cross_entropy(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """-log p_t[y], its mean over the steps: one value a sample [B]; Keras takes the mean over the batch.

    y: the video's class, integers [B]. p [B, N, K]: the softmax of every step. Paper 3, section 4.
    """
    chosen = ops.one_hot(ops.cast(y, "int32"), p.shape[-1], dtype=p.dtype)
    return -ops.mean(ops.sum(_log(p) * chosen[:, None, :], axis=-1), axis=-1)


def binary_cross_entropy(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """-y log p_t - (1 - y) log(1 - p_t), its mean over classes and steps [B].

    y: 1 for every class of the video, else 0, [B, K]. p [B, N, K]: the sigmoids of every step. Paper 3,
    section 4, for Hollywood2.
    """
    true = ops.cast(y, p.dtype)[:, None, :]
    return -ops.mean(true * _log(p) + (1 - true) * _log(1 - p), axis=(1, 2))


def on_mean(loss: Loss) -> Loss:
    """The loss of the mean of the steps' probabilities (not the mean of their losses; paper 3, 9.6)."""

    def of_mean(y: KerasTensor, p: KerasTensor) -> KerasTensor:
        return loss(y, ops.mean(p, axis=1, keepdims=True))

    return of_mean


def choose(activation: str, loss_on: str = "steps") -> Loss:
    """The loss for `softmax` or `sigmoid` probabilities, at every one of the `steps` or on their `mean`.

    Raises ValueError for other names.
    """
    losses: dict[str, Loss] = {"softmax": cross_entropy, "sigmoid": binary_cross_entropy}
    if activation not in losses or loss_on not in LOSS_ON:
        raise ValueError(
            f"activation {activation!r}, loss_on {loss_on!r}; wanted one of {', '.join(losses)}, and one of"
            f" {', '.join(LOSS_ON)}"
        )
    return losses[activation] if loss_on == "steps" else on_mean(losses[activation])


def _log(p: KerasTensor) -> KerasTensor:
    return ops.log(ops.clip(p, EPSILON, 1 - EPSILON))

"""Paper 3's losses: softmax with one class a video, sigmoids with several; at every step or on their mean."""

from __future__ import annotations

from keras import KerasTensor, ops

from repro.training.fine_tuning import Loss

EPSILON = 1e-7  # p is clipped to [EPSILON, 1 - EPSILON]
LOSS_ON = ("steps", "mean")
OVER_CLASSES = ("sum", "mean")


def cross_entropy(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """-log p_t[y], its mean over the steps: one value a sample [B]; Keras takes the mean over the batch.

    y: the video's class, integers [B]. p [B, N, K]: the softmax of every step. Paper 3, 4.1.
    """
    chosen = ops.one_hot(ops.cast(y, "int32"), p.shape[-1], dtype=p.dtype)
    return -ops.mean(ops.sum(_log(p) * chosen[:, None, :], axis=-1), axis=-1)


def binary_cross_entropy(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """sum over k of -y_k log p_t,k - (1 - y_k) log(1 - p_t,k), its mean over the steps [B].

    y: 1 for every class of the video, else 0, [B, K]. p [B, N, K]: the sigmoids of every step, or [B, K] of a
    network that says one thing. Paper 3, supplement, for Hollywood2; a sum by A23.
    """
    p = p if len(p.shape) == 3 else p[:, None, :]
    true = ops.cast(y, p.dtype)[:, None, :]
    return -ops.mean(ops.sum(true * _log(p) + (1 - true) * _log(1 - p), axis=-1), axis=-1)


def mean_over_classes(loss: Loss) -> Loss:
    """The loss divided by K: of a sum over the classes their mean, the other reading of A23."""

    def divided(y: KerasTensor, p: KerasTensor) -> KerasTensor:
        return loss(y, p) / p.shape[-1]

    return divided


def on_mean(loss: Loss) -> Loss:
    """The loss of the mean of the steps' probabilities (not the mean of their losses; paper 3, A6)."""

    def of_mean(y: KerasTensor, p: KerasTensor) -> KerasTensor:
        return loss(y, ops.mean(p, axis=1, keepdims=True))

    return of_mean


def choose(activation: str, loss_on: str = "steps", of_classes: str = "sum") -> Loss:
    """The loss for `softmax` or `sigmoid` probabilities, at every one of the `steps` or on their `mean`.

    of_classes: of sigmoids, the `sum` or the `mean` over the classes. Raises ValueError for other names.
    """
    sigmoid = binary_cross_entropy if of_classes == "sum" else mean_over_classes(binary_cross_entropy)
    losses: dict[str, Loss] = {"softmax": cross_entropy, "sigmoid": sigmoid}
    if activation not in losses or loss_on not in LOSS_ON or of_classes not in OVER_CLASSES:
        raise ValueError(
            f"activation {activation!r}, loss_on {loss_on!r}, of_classes {of_classes!r}; wanted one of "
            f"{', '.join(losses)}, of {', '.join(LOSS_ON)} and of {', '.join(OVER_CLASSES)}"
        )
    return losses[activation] if loss_on == "steps" else on_mean(losses[activation])


def _log(p: KerasTensor) -> KerasTensor:
    return ops.log(ops.clip(p, EPSILON, 1 - EPSILON))

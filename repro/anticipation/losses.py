"""The losses of papers 1 and 2: how much a wrong class costs at each frame.

Notation, for one sample of true class c with T frames:

    FN_t = sum_k y_t(k) log p_t(k)                    a missed class,  <= 0
    FP_t = sum_k (1 - y_t(k)) log(1 - p_t(k))         a false alarm,   <= 0

The probabilities come from a softmax, the sum over classes is a binary cross-entropy: so it is printed
(A10). Every loss takes one-hot y [B, T, N] with all-zero rows after the video's own end T_i, and p of the
same shape, float; its `call` gives one value per sample [B], in the dtype of p. T in the equations is T_i.
Called as Keras calls it, a loss is the mean over the batch, which is the papers' 1/V.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import KerasTensor, ops

EPSILON = 1e-7  # p is clipped to [EPSILON, 1 - EPSILON] in both logarithms (A12)
RANKING_LAMBDA = 6.0  # A41: not in paper 2; recalled from the cited paper, unverified


class FrameLoss(keras.losses.Loss):
    """What the losses below have in common: whether the frames after a video's end count.

    With `masked` False the zero rows count too, as frames of no class, and T is that of the batch: the public
    code's treatment of short videos (A15), which pushes every class down there.
    """

    def __init__(self, masked: bool = True, **settings: Any) -> None:
        super().__init__(**settings)
        self.masked = masked

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "masked": self.masked}


@keras.saving.register_keras_serializable(package="repro")
class UndividedAnticipationLoss(FrameLoss):
    """sum_t -(FN_t + (t/T) FP_t): the anticipation loss on the others' scale, which have no 1/N (A11)."""

    def call(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        missed, alarms = _terms(y, p, self.masked)
        return -ops.sum(missed + _fraction(y, self.masked) * alarms, axis=1)


@keras.saving.register_keras_serializable(package="repro")
class AnticipationLoss(UndividedAnticipationLoss):
    """(1/N) sum_t -(FN_t + (t/T) FP_t). Paper 2 Eq. (1); paper 1 Eqs. (8), (9), there called pLGL."""

    def call(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        return super().call(y, p) / p.shape[-1]


@keras.saving.register_keras_serializable(package="repro")
class CrossEntropyLoss(FrameLoss):
    """-(FN_T + FP_T): only the last frame counts. Paper 2 Eq. (7), paper 1 Eq. (11), minus sign restored."""

    def call(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        missed, alarms = _terms(y, p, self.masked)
        return -ops.sum(_is_last(y, self.masked) * (missed + alarms), axis=1)


@keras.saving.register_keras_serializable(package="repro")
class EveryFrameCrossEntropyLoss(FrameLoss):
    """(1/T) sum_t -FN_t: Keras' own cross-entropy on every frame, what "CE" may be instead of Eq. 7 (A46)."""

    def call(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        missed, _ = _terms(y, p, self.masked)
        _, total = _time(y, self.masked)
        return -ops.sum(missed / ops.maximum(total, 1), axis=1)


@keras.saving.register_keras_serializable(package="repro")
class ExponentialGrowthLoss(FrameLoss):
    """sum_t exp(-(T-t)) * -(FN_t + FP_t): EGL. Paper 1 Eq. (12); paper 2 Eq. (8), there called ECE."""

    def call(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        missed, alarms = _terms(y, p, self.masked)
        return -ops.sum(_exponential(y, self.masked) * (missed + alarms), axis=1)


@keras.saving.register_keras_serializable(package="repro")
class LinearGrowthLoss(FrameLoss):
    """sum_t (t/T) * -(FN_t + FP_t): LGL. Paper 2 Eq. (9), paper 1 Eq. (13), with the log of p, not of y."""

    def call(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        missed, alarms = _terms(y, p, self.masked)
        return -ops.sum(_fraction(y, self.masked) * (missed + alarms), axis=1)


@keras.saving.register_keras_serializable(package="repro")
class ExponentialSoftmaxLoss(FrameLoss):
    """sum_t exp(-(T-t)) * -FN_t: the original loss of paper 2's reference [11], which EGL changes."""

    def call(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        missed, _ = _terms(y, p, self.masked)
        return -ops.sum(_exponential(y, self.masked) * missed, axis=1)


@keras.saving.register_keras_serializable(package="repro")
class RankingLoss(FrameLoss):
    """sum_t -FN_t + lambda * sum_{t>=2} max(0, max_{s<t} p_s(c) - p_t(c)): reference [21], detection score.

    One action per video: the true class's score should not fall below its best so far. weight: lambda.
    Rows of no class add nothing, masked or not.
    """

    def __init__(self, weight: float = RANKING_LAMBDA, **settings: Any) -> None:
        super().__init__(**settings)
        self.weight = weight

    def call(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        missed, _ = _terms(y, p, self.masked)
        return -ops.sum(missed, axis=1) + self.weight * self.penalty(y, p)

    def penalty(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        """The second sum without lambda, [B]. The running maximum is part of the graph."""
        y = ops.cast(y, p.dtype)
        return _falls(ops.sum(y * p, axis=-1), y)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "weight": self.weight}


@keras.saving.register_keras_serializable(package="repro")
class RankingMarginLoss(RankingLoss):
    """The same on the margin m_t = p_t(c) - max_{k != c} p_t(k): it should not fall below its best so far.

    sum_t -FN_t + lambda * sum_{t>=2} max(0, max_{s<t} m_s - m_t): reference [21]'s second variant.
    """

    def penalty(self, y: KerasTensor, p: KerasTensor) -> KerasTensor:
        """The second sum without lambda, [B]. Margins are at least -1, so 1 + m_t is never negative."""
        y = ops.cast(y, p.dtype)
        margin = ops.sum(y * p, axis=-1) - ops.max((1 - y) * p, axis=-1)
        return _falls(1 + margin, y)


LOSSES: dict[str, type[FrameLoss]] = {
    "anticipation": AnticipationLoss,  # paper 2's name
    "plgl": AnticipationLoss,  # paper 1's name
    "anticipation_without_1_over_n": UndividedAnticipationLoss,
    "ce": CrossEntropyLoss,
    "ce_every_frame": EveryFrameCrossEntropyLoss,
    "ece": ExponentialGrowthLoss,  # paper 2's name
    "egl": ExponentialGrowthLoss,  # paper 1's name
    "lgl": LinearGrowthLoss,
    "exp_softmax": ExponentialSoftmaxLoss,
    "ranking": RankingLoss,
    "ranking_margin": RankingMarginLoss,
}


def by_name(name: str, *, masked: bool = True, ranking_lambda: float = RANKING_LAMBDA) -> FrameLoss:
    """The loss of that name with its settings. Raises ValueError for an unknown name."""
    if name not in LOSSES:
        raise ValueError(f"no loss {name!r}; there are: {', '.join(LOSSES)}")
    kind = LOSSES[name]
    if issubclass(kind, RankingLoss):
        return kind(masked=masked, weight=ranking_lambda)
    return kind(masked=masked)


def _terms(y: KerasTensor, p: KerasTensor, masked: bool) -> tuple[KerasTensor, KerasTensor]:
    """FN_t and FP_t, [B, T] each, 0 after the end if masked."""
    y = ops.cast(y, p.dtype)
    p = ops.clip(p, EPSILON, 1 - EPSILON)
    missed = ops.sum(y * ops.log(p), axis=-1)
    alarms = ops.sum((1 - y) * ops.log(1 - p), axis=-1)
    return missed, _observed(y, masked) * alarms


def _observed(y: KerasTensor, masked: bool) -> KerasTensor:
    """1 for frames up to T_i, then 0: [B, T]; all 1 if not masked."""
    observed = ops.sum(y, axis=-1)
    return observed if masked else ops.ones_like(observed)


def _time(y: KerasTensor, masked: bool) -> tuple[KerasTensor, KerasTensor]:
    """t = 1, 2, ... [1, T] (the papers count from 1) and T_i [B, 1]."""
    t = ops.cumsum(ops.ones_like(y[:1, :, 0]), axis=1)  # counted, since T may be unknown in a graph
    return t, ops.sum(_observed(y, masked), axis=1, keepdims=True)


def _fraction(y: KerasTensor, masked: bool) -> KerasTensor:
    """t/T_i, [B, T]. Beyond the end it meets terms that are 0."""
    t, total = _time(y, masked)
    return t / ops.maximum(total, 1)


def _exponential(y: KerasTensor, masked: bool) -> KerasTensor:
    """exp(-(T_i - t)) up to the end, then 0: [B, T]."""
    t, total = _time(y, masked)
    # relu: beyond the end the power would overflow
    return _observed(y, masked) * ops.exp(-ops.relu(total - t))


def _is_last(y: KerasTensor, masked: bool) -> KerasTensor:
    """1 at t = T_i, else 0: [B, T]."""
    t, total = _time(y, masked)
    return ops.cast(ops.equal(t, total), y.dtype)


def _falls(score: KerasTensor, y: KerasTensor) -> KerasTensor:
    """sum_{t>=2} max(0, max_{s<t} score_s - score_t) over the observed frames: scores >= 0 [B, T] -> [B]."""
    t, _ = _time(y, True)
    earlier = ops.cast(t[:, None, :] < t[:, :, None], score.dtype)  # [1, T, T]: 1 where s < t
    best = ops.max(earlier * score[:, None, :], axis=-1)  # 0 at t = 1
    return ops.sum(_observed(y, True) * ops.relu(best - score), axis=1)

"""The losses of papers 1 and 2: how much a wrong class costs at each frame.

Notation, for one sample of true class c with T frames:

    FN_t = sum_k y_t(k) log p_t(k)                    a missed class,  <= 0
    FP_t = sum_k (1 - y_t(k)) log(1 - p_t(k))         a false alarm,   <= 0

The probabilities come from a softmax, the sum over classes is a binary cross-entropy: so it is printed
(9.10). Every loss takes one-hot y [B, T, N] with all-zero rows after the video's own end T_i, and p of the
same shape, and returns one value per sample [B]; T in the equations is T_i. Keras takes the mean over the
batch, which is the papers' 1/V.
"""

from __future__ import annotations

from collections.abc import Callable

from keras import KerasTensor, ops

EPSILON = 1e-7  # p is clipped to [EPSILON, 1 - EPSILON] in both logarithms (9.12)
RANKING_LAMBDA = 6.0  # 9.41: not in paper 2; recalled from the cited paper, unverified

Loss = Callable[[KerasTensor, KerasTensor], KerasTensor]


def anticipation(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """(1/N) sum_t -(FN_t + (t/T) FP_t). Paper 2 Eq. (1); paper 1 Eqs. (8), (9), there called pLGL."""
    return anticipation_without_1_over_n(y, p) / p.shape[-1]


def anticipation_without_1_over_n(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """The anticipation loss on the scale of the other losses, which have no factor 1/N (9.11)."""
    missed, alarms = _terms(y, p)
    return -ops.sum(missed + _fraction(y) * alarms, axis=1)


def ce(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """-(FN_T + FP_T): only the last frame counts. Paper 2 Eq. (7), paper 1 Eq. (11), minus sign restored."""
    missed, alarms = _terms(y, p)
    return -ops.sum(_is_last(y) * (missed + alarms), axis=1)


def ece(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """sum_t exp(-(T-t)) * -(FN_t + FP_t). Paper 2 Eq. (8); paper 1 Eq. (12), there called EGL."""
    missed, alarms = _terms(y, p)
    return -ops.sum(_exponential(y) * (missed + alarms), axis=1)


def lgl(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """sum_t (t/T) * -(FN_t + FP_t). Paper 2 Eq. (9), paper 1 Eq. (13), with the log of p, not of y."""
    missed, alarms = _terms(y, p)
    return -ops.sum(_fraction(y) * (missed + alarms), axis=1)


def exp_softmax(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """sum_t exp(-(T-t)) * -FN_t: the original loss of paper 2's reference [11], of which ECE is a change."""
    missed, _ = _terms(y, p)
    return -ops.sum(_exponential(y) * missed, axis=1)


def ranking(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """sum_t -FN_t + lambda * sum_{t>=2} max(0, max_{s<t} p_s(c) - p_t(c)): reference [21], detection score.

    One action per video: the true class's score should not fall below its best so far.
    """
    missed, _ = _terms(y, p)
    return -ops.sum(missed, axis=1) + RANKING_LAMBDA * ranking_penalty(y, p)


def ranking_penalty(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """The second sum of `ranking`, [B]. The running maximum is part of the graph."""
    y = ops.cast(y, p.dtype)
    true_score = ops.sum(y * p, axis=-1)  # [B, T]; 0 after the end
    t, _ = _time(y)
    earlier = ops.cast(t[:, None, :] < t[:, :, None], p.dtype)  # [1, T, T]: 1 where s < t
    best = ops.max(earlier * true_score[:, None, :], axis=-1)  # 0 at t = 1
    return ops.sum(_observed(y) * ops.relu(best - true_score), axis=1)


LOSSES: dict[str, Loss] = {
    "anticipation": anticipation,
    "anticipation_without_1_over_n": anticipation_without_1_over_n,
    "ce": ce,
    "ece": ece,
    "lgl": lgl,
    "exp_softmax": exp_softmax,
    "ranking": ranking,
}


def _terms(y: KerasTensor, p: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
    """FN_t and FP_t, [B, T] each, 0 after the end."""
    y = ops.cast(y, p.dtype)
    p = ops.clip(p, EPSILON, 1 - EPSILON)
    missed = ops.sum(y * ops.log(p), axis=-1)
    alarms = ops.sum((1 - y) * ops.log(1 - p), axis=-1)
    return missed, _observed(y) * alarms


def _observed(y: KerasTensor) -> KerasTensor:
    """1 for frames up to T_i, then 0: [B, T]."""
    return ops.sum(y, axis=-1)


def _time(y: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
    """t = 1, 2, ... [1, T] (the papers count from 1) and T_i [B, 1]."""
    t = ops.cumsum(ops.ones_like(y[:1, :, 0]), axis=1)  # counted, since T may be unknown in a graph
    return t, ops.sum(_observed(y), axis=1, keepdims=True)


def _fraction(y: KerasTensor) -> KerasTensor:
    """t/T_i, [B, T]. Beyond the end it meets terms that are 0."""
    t, total = _time(y)
    return t / ops.maximum(total, 1)


def _exponential(y: KerasTensor) -> KerasTensor:
    """exp(-(T_i - t)) up to the end, then 0: [B, T]."""
    t, total = _time(y)
    return _observed(y) * ops.exp(-ops.relu(total - t))  # relu: beyond the end the power would overflow


def _is_last(y: KerasTensor) -> KerasTensor:
    """1 at t = T_i, else 0: [B, T]."""
    t, total = _time(y)
    return ops.cast(ops.equal(t, total), y.dtype)

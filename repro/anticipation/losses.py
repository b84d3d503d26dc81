"""The losses of papers 1 and 2: how much a wrong class costs at each frame.

Notation, for one sample of true class c with T frames:

    FN_t = sum_k y_t(k) log p_t(k)                    a missed class,  <= 0
    FP_t = sum_k (1 - y_t(k)) log(1 - p_t(k))         a false alarm,   <= 0

The probabilities come from a softmax, the sum over classes is a binary cross-entropy: so it is printed
(A10). Every loss takes one-hot y [B, T, N] with all-zero rows after the video's own end T_i, and p of the
same shape, and returns one value per sample [B]; T in the equations is T_i. Keras takes the mean over the
batch, which is the papers' 1/V. With `masked` False the zero rows count too, as frames of no class, and T is
that of the batch: the public code's treatment of short videos (A15), which pushes every class down there.
"""

from __future__ import annotations

from collections.abc import Callable

from keras import KerasTensor, ops

EPSILON = 1e-7  # p is clipped to [EPSILON, 1 - EPSILON] in both logarithms (A12)
RANKING_LAMBDA = 6.0  # A41: not in paper 2; recalled from the cited paper, unverified

Loss = Callable[..., KerasTensor]  # (y, p, masked=True) -> [B]


def anticipation(y: KerasTensor, p: KerasTensor, masked: bool = True) -> KerasTensor:
    """(1/N) sum_t -(FN_t + (t/T) FP_t). Paper 2 Eq. (1); paper 1 Eqs. (8), (9), there called pLGL."""
    return anticipation_without_1_over_n(y, p, masked) / p.shape[-1]


def anticipation_without_1_over_n(y: KerasTensor, p: KerasTensor, masked: bool = True) -> KerasTensor:
    """The anticipation loss on the scale of the other losses, which have no factor 1/N (A11)."""
    missed, alarms = _terms(y, p, masked)
    return -ops.sum(missed + _fraction(y, masked) * alarms, axis=1)


def ce(y: KerasTensor, p: KerasTensor, masked: bool = True) -> KerasTensor:
    """-(FN_T + FP_T): only the last frame counts. Paper 2 Eq. (7), paper 1 Eq. (11), minus sign restored."""
    missed, alarms = _terms(y, p, masked)
    return -ops.sum(_is_last(y, masked) * (missed + alarms), axis=1)


def ce_every_frame(y: KerasTensor, p: KerasTensor, masked: bool = True) -> KerasTensor:
    """(1/T) sum_t -FN_t: Keras' own cross-entropy on every frame, what "CE" may be instead of Eq. 7 (A46)."""
    missed, _ = _terms(y, p, masked)
    _, total = _time(y, masked)
    return -ops.sum(missed / ops.maximum(total, 1), axis=1)


def ece(y: KerasTensor, p: KerasTensor, masked: bool = True) -> KerasTensor:
    """sum_t exp(-(T-t)) * -(FN_t + FP_t). Paper 2 Eq. (8); paper 1 Eq. (12), there called EGL."""
    missed, alarms = _terms(y, p, masked)
    return -ops.sum(_exponential(y, masked) * (missed + alarms), axis=1)


def lgl(y: KerasTensor, p: KerasTensor, masked: bool = True) -> KerasTensor:
    """sum_t (t/T) * -(FN_t + FP_t). Paper 2 Eq. (9), paper 1 Eq. (13), with the log of p, not of y."""
    missed, alarms = _terms(y, p, masked)
    return -ops.sum(_fraction(y, masked) * (missed + alarms), axis=1)


def exp_softmax(y: KerasTensor, p: KerasTensor, masked: bool = True) -> KerasTensor:
    """sum_t exp(-(T-t)) * -FN_t: the original loss of paper 2's reference [11], of which ECE is a change."""
    missed, _ = _terms(y, p, masked)
    return -ops.sum(_exponential(y, masked) * missed, axis=1)


def ranking(
    y: KerasTensor, p: KerasTensor, masked: bool = True, weight: float = RANKING_LAMBDA
) -> KerasTensor:
    """sum_t -FN_t + lambda * sum_{t>=2} max(0, max_{s<t} p_s(c) - p_t(c)): reference [21], detection score.

    One action per video: the true class's score should not fall below its best so far. weight: lambda.
    Rows of no class add nothing, masked or not.
    """
    missed, _ = _terms(y, p, masked)
    return -ops.sum(missed, axis=1) + weight * ranking_penalty(y, p)


def ranking_margin(
    y: KerasTensor, p: KerasTensor, masked: bool = True, weight: float = RANKING_LAMBDA
) -> KerasTensor:
    """The same on the margin m_t = p_t(c) - max_{k != c} p_t(k): it should not fall below its best so far.

    sum_t -FN_t + lambda * sum_{t>=2} max(0, max_{s<t} m_s - m_t): reference [21]'s second variant.
    """
    missed, _ = _terms(y, p, masked)
    return -ops.sum(missed, axis=1) + weight * margin_penalty(y, p)


def ranking_penalty(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """The second sum of `ranking`, [B]. The running maximum is part of the graph."""
    y = ops.cast(y, p.dtype)
    return _falls(ops.sum(y * p, axis=-1), y)


def margin_penalty(y: KerasTensor, p: KerasTensor) -> KerasTensor:
    """The second sum of `ranking_margin`, [B]. Margins are at least -1, so 1 + m_t is never negative."""
    y = ops.cast(y, p.dtype)
    margin = ops.sum(y * p, axis=-1) - ops.max((1 - y) * p, axis=-1)
    return _falls(1 + margin, y)


def _falls(score: KerasTensor, y: KerasTensor) -> KerasTensor:
    """sum_{t>=2} max(0, max_{s<t} score_s - score_t) over the observed frames: scores >= 0 [B, T] -> [B]."""
    t, _ = _time(y, True)
    earlier = ops.cast(t[:, None, :] < t[:, :, None], score.dtype)  # [1, T, T]: 1 where s < t
    best = ops.max(earlier * score[:, None, :], axis=-1)  # 0 at t = 1
    return ops.sum(_observed(y, True) * ops.relu(best - score), axis=1)


LOSSES: dict[str, Loss] = {
    "anticipation": anticipation,  # paper 2's name
    "plgl": anticipation,  # paper 1's name
    "anticipation_without_1_over_n": anticipation_without_1_over_n,
    "ce": ce,
    "ce_every_frame": ce_every_frame,
    "ece": ece,  # paper 2's name
    "egl": ece,  # paper 1's name
    "lgl": lgl,
    "exp_softmax": exp_softmax,
    "ranking": ranking,
    "ranking_margin": ranking_margin,
}


def by_name(name: str, *, masked: bool = True, ranking_lambda: float = RANKING_LAMBDA) -> Loss:
    """The loss (y, p) -> [B] of that name with its settings fixed. Raises ValueError for an unknown name."""
    if name not in LOSSES:
        raise ValueError(f"no loss {name!r}; there are: {', '.join(LOSSES)}")
    loss, settings = LOSSES[name], {"masked": masked}
    if name.startswith("ranking"):
        return lambda y, p: loss(y, p, **settings, weight=ranking_lambda)
    return lambda y, p: loss(y, p, **settings)


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

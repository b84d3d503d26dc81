"""The losses of papers 1 to 3, of one sample y, p [T][N], in plain loops from the printed equations.

Paper 3's with several classes a video has y [N]: the same classes at every step.
"""

import math

EPSILON = 1e-7
RANKING_LAMBDA = 6.0


def _log(p):
    return math.log(min(max(p, EPSILON), 1 - EPSILON))


def _missed(y, p):
    return sum(_log(p[k]) for k in range(len(y)) if y[k] == 1)


def _alarms(y, p):
    return sum(_log(1 - p[k]) for k in range(len(y)) if y[k] == 0)


def _own_frames(y, p):
    """The frames before the first all-zero row of y: T_i of them."""
    frames = []
    for y_t, p_t in zip(y, p, strict=True):
        if not any(y_t):
            break
        frames.append((y_t, p_t))
    return frames


def anticipation(y, p):
    frames, total = _own_frames(y, p), 0.0
    for t, (y_t, p_t) in enumerate(frames, start=1):
        total -= _missed(y_t, p_t) + t / len(frames) * _alarms(y_t, p_t)
    return total / len(y[0])


def anticipation_without_1_over_n(y, p):
    return anticipation(y, p) * len(y[0])


def ce(y, p):
    y_T, p_T = _own_frames(y, p)[-1]
    return -(_missed(y_T, p_T) + _alarms(y_T, p_T))


def ce_every_frame(y, p):
    frames = _own_frames(y, p)
    return -sum(_missed(y_t, p_t) for y_t, p_t in frames) / max(len(frames), 1)


def ece(y, p):
    frames, total = _own_frames(y, p), 0.0
    for t, (y_t, p_t) in enumerate(frames, start=1):
        total -= math.exp(-(len(frames) - t)) * (_missed(y_t, p_t) + _alarms(y_t, p_t))
    return total


def lgl(y, p):
    frames, total = _own_frames(y, p), 0.0
    for t, (y_t, p_t) in enumerate(frames, start=1):
        total -= t / len(frames) * (_missed(y_t, p_t) + _alarms(y_t, p_t))
    return total


def exp_softmax(y, p):
    frames, total = _own_frames(y, p), 0.0
    for t, (y_t, p_t) in enumerate(frames, start=1):
        total -= math.exp(-(len(frames) - t)) * _missed(y_t, p_t)
    return total


def ranking_penalty(y, p):
    scores = [p_t[list(y_t).index(1)] for y_t, p_t in _own_frames(y, p)]
    return sum(max(0.0, max(scores[:t]) - scores[t]) for t in range(1, len(scores)))


def ranking(y, p):
    total = -sum(_missed(y_t, p_t) for y_t, p_t in _own_frames(y, p))
    return total + RANKING_LAMBDA * ranking_penalty(y, p)


def margin_penalty(y, p):
    margins = []
    for y_t, p_t in _own_frames(y, p):
        c = list(y_t).index(1)
        margins.append(p_t[c] - max(p_t[k] for k in range(len(p_t)) if k != c))
    return sum(max(0.0, max(margins[:t]) - margins[t]) for t in range(1, len(margins)))


def ranking_margin(y, p):
    total = -sum(_missed(y_t, p_t) for y_t, p_t in _own_frames(y, p))
    return total + RANKING_LAMBDA * margin_penalty(y, p)


def several_classes(y, p, over_classes="sum"):
    total = -sum(_missed(y, p_t) + _alarms(y, p_t) for p_t in p) / len(p)
    return total if over_classes == "sum" else total / len(y)


def plgl_with_zero_labels(y, p):
    """The anticipation loss when frames after the end count as frames of no class, T that of the batch."""
    total = 0.0
    for t, (y_t, p_t) in enumerate(zip(y, p, strict=True), start=1):
        total -= _missed(y_t, p_t) + t / len(y) * _alarms(y_t, p_t)
    return total / len(y[0])


LOSSES = {
    f.__name__: f
    for f in (
        anticipation,
        anticipation_without_1_over_n,
        ce,
        ce_every_frame,
        ece,
        lgl,
        exp_softmax,
        ranking,
        ranking_margin,
    )
}
LOSSES |= {"plgl": anticipation, "egl": ece}


def anticipation_gradient(p, true_class):
    """dL/dz of the anticipation loss for the logits z behind p = softmax(z), one sample [T][N]."""
    steps, classes = len(p), len(p[0])
    rows = []
    for t, p_t in enumerate(p, start=1):
        a, b = 1 / classes, t / (steps * classes)
        g = [-a / p_t[k] if k == true_class else b / (1 - p_t[k]) for k in range(classes)]
        mean = sum(p_t[k] * g[k] for k in range(classes))
        rows.append([p_t[j] * (g[j] - mean) for j in range(classes)])
    return rows

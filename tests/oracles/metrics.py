"""Accuracy and anticipation by plain loops over Python numbers."""

import math


def argmax(values):
    best = 0
    for k in range(len(values)):
        if values[k] > values[best]:
            best = k
    return best


def frames_observed(length, percent, cap):
    """percent: a whole number."""
    n = 1
    while (n + 1) * 100 <= percent * length:
        n += 1
    return min(n, cap, length)


def predicted(frames, t, pooled):
    """frames: [T][K], t counted from 1."""
    if not pooled:
        return argmax(frames[t - 1])
    return argmax([math.fsum(row[k] for row in frames[:t]) / t for k in range(len(frames[0]))])


def accuracy_at(videos, labels, frames, pooled):
    """videos: [V][T][K]; frames: how many of each are seen."""
    right = 0
    for video, label, t in zip(videos, labels, frames, strict=True):
        if predicted(video, t, pooled) == label:
            right += 1
    return right / len(videos)


def curve(videos, labels, observed, pooled):
    steps = range(1, len(videos[0]) + 1)
    return [accuracy_at(videos, labels, [min(t, last) for last in observed], pooled) for t in steps]


def top_k(labels, scores, k):
    right = 0
    for label, row in zip(labels, scores, strict=True):
        order = sorted(range(len(row)), key=lambda c: (-row[c], c))
        right += label in order[:k]
    return right / len(labels)


def confusion(labels, predictions, classes):
    matrix = [[0] * classes for _ in range(classes)]
    for true, said in zip(labels, predictions, strict=True):
        matrix[true][said] += 1
    return matrix

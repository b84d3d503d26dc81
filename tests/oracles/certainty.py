"""Temperature and threshold by trying: a fine grid, and every confidence there is."""

import math


def tempered(row, temperature):
    powers = [max(p, 1e-12) ** (1 / temperature) for p in row]
    return [power / sum(powers) for power in powers]


def loss(labels, rows, temperature):
    """Mean of -log q_label."""
    each = [-math.log(tempered(row, temperature)[label]) for label, row in zip(labels, rows, strict=True)]
    return sum(each) / len(each)


def best_temperature(labels, rows, steps=400):
    """The least loss among `steps` temperatures from 0.05 to 20, evenly spaced in their logarithm."""
    tried = [0.05 * 400 ** (step / steps) for step in range(steps + 1)]
    return min(tried, key=lambda temperature: loss(labels, rows, temperature))


def lowest_threshold(labels, rows, precision):
    """The lowest confidence that is precise enough, and the share at or above it."""
    best = (None, 0.0)
    for threshold in sorted({max(row) for row in rows}, reverse=True):
        sure = [
            row.index(max(row)) == label
            for label, row in zip(labels, rows, strict=True)
            if max(row) >= threshold
        ]
        if sum(sure) / len(sure) >= precision - 1e-12:
            best = (threshold, len(sure) / len(rows))
    return best

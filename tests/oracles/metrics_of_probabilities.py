"""Average precision, calibration, time to the right class and resampled means by plain loops."""

from fractions import Fraction

from oracles.metrics import predicted


def average_precision(positive, scores):
    """One threshold after the other, from the highest score: (recall gained) x (precision there)."""
    area, recall_before = Fraction(0), Fraction(0)
    for threshold in sorted(set(scores), reverse=True):
        shown = [hit for hit, score in zip(positive, scores, strict=True) if score >= threshold]
        recall = Fraction(sum(shown), sum(positive))
        area += (recall - recall_before) * Fraction(sum(shown), len(shown))
        recall_before = recall
    return float(area)


def mean_average_precision(labels, scores):
    found = []
    for k in range(len(scores[0])):
        positive = [label == k for label in labels]
        if any(positive):
            found.append(average_precision(positive, [row[k] for row in scores]))
    return sum(found) / len(found)


def bins_of(confidences, bins):
    """The indices of the videos in each bin (b / bins, (b + 1) / bins]; 0 belongs to the first."""
    members = [[] for _ in range(bins)]
    for video, confidence in enumerate(confidences):
        for b in range(bins):
            if confidence <= (b + 1) / bins:
                members[b].append(video)
                break
    return members


def calibration_error(labels, scores, bins):
    confidences = [max(row) for row in scores]
    error = 0.0
    for members in bins_of(confidences, bins):
        if members:
            right = sum(scores[v].index(confidences[v]) == labels[v] for v in members) / len(members)
            sure = sum(confidences[v] for v in members) / len(members)
            error += len(members) / len(labels) * abs(right - sure)
    return error


def time_to_action(frames, label, observed, length, pooled):
    """frames: [T][K] of one video. Tries every t, and every frame from it on."""
    for t in range(1, observed + 1):
        if all(predicted(frames, later, pooled) == label for later in range(t, observed + 1)):
            return t / length
    return float("inf")


def resampled_means(values, resamples, rng):
    """values: [video]. Draws videos one by one."""
    means = []
    for _ in range(resamples):
        drawn = [rng.randrange(len(values)) for _ in values]
        means.append(sum(values[v] for v in drawn) / len(drawn))
    return sorted(means)

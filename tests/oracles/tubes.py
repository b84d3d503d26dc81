"""Paper 4's tube metrics in exact fractions. A tube is {frame: (x1, y1, x2, y2)} in whole pixels."""

from fractions import Fraction


def area(box):
    return max(box[2] - box[0], 0) * max(box[3] - box[1], 0)


def shared(a, b):
    return area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))


def iou(a, b):
    union = area(a) + area(b) - shared(a, b)
    return Fraction(shared(a, b), union) if union else Fraction(0)


def st_iou(a, b):
    return sum((iou(a[t], b[t]) for t in a if t in b), Fraction(0)) / len(set(a) | set(b))


def volume_iou(a, b):
    common = sum(shared(a[t], b[t]) for t in a if t in b)
    either = sum(map(area, a.values())) + sum(map(area, b.values())) - common
    return Fraction(common, either)


def ranked_right(tubes, scores, truth, k, threshold):
    """Right or wrong, [V] by falling score: the largest overlap among true tubes not taken yet decides."""
    taken, right = set(), []
    for v in sorted(tubes, key=lambda v: -scores[v][k]):
        open_to = [g for g, (label, _) in enumerate(truth[v]) if label == k and (v, g) not in taken]
        best = max(open_to, key=lambda g: st_iou(tubes[v], truth[v][g][1]), default=None)
        right.append(best is not None and st_iou(tubes[v], truth[v][best][1]) >= threshold)
        if right[-1]:
            taken.add((v, best))
    return right


def average_precision(right, positives):
    """right: by falling scores, all different."""
    precision = [Fraction(sum(right[: n + 1]), n + 1) for n in range(len(right))]
    recall = [Fraction(sum(right[: n + 1]), positives) for n in range(len(right))]

    def best_from(level):
        return max((p for p, r in zip(precision, recall, strict=True) if r >= level), default=Fraction(0))

    hits = [n for n, hit in enumerate(right) if hit]
    return sum((best_from(recall[n]) for n in hits), Fraction(0)) / positives


def mean_ap(tubes, scores, truth, threshold):
    labels = [label for actors in truth.values() for label, _ in actors]
    each = [
        average_precision(ranked_right(tubes, scores, truth, k, threshold), labels.count(k))
        for k in sorted(set(labels))
    ]
    return sum(each) / len(each)

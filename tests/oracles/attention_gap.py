"""Paper 5's attention regulariser (3.2) of one clip, one frame and one location at a time.

X [T][h][w][C], attention [T][h][w]: nested lists or arrays.
"""

SMALLEST_TOTAL = 1e-8


def energy(X):
    """[T][h][w]."""
    shares = []
    for frame in X:
        total = max(sum(sum(sum(location) for location in row) for row in frame), SMALLEST_TOTAL)
        shares.append([[sum(location) / total for location in row] for row in frame])
    return shares


def gap(X, attention):
    """Without lambda."""
    squares = 0.0
    for e, att in zip(energy(X), attention, strict=True):
        for e_row, att_row in zip(e, att, strict=True):
            squares += sum((share - looked) ** 2 for share, looked in zip(e_row, att_row, strict=True))
    return squares


def gradient(X, attention):
    """d gap / d X_{j,c}, the same for every channel c of a location j: [T][h][w]; all totals positive."""
    of_frames = []
    for frame, e, att in zip(X, energy(X), attention, strict=True):
        total = sum(sum(sum(location) for location in row) for row in frame)
        d = [
            [share - looked for share, looked in zip(*rows, strict=True)] for rows in zip(e, att, strict=True)
        ]
        along = sum(off * share for rows in zip(d, e, strict=True) for off, share in zip(*rows, strict=True))
        of_frames.append([[2 * (off - along) / total for off in row] for row in d])
    return of_frames

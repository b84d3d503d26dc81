"""What lies beyond the edge of an image: one rule for the filters and warps of the oracles."""


def inside(index, length, border):
    """The pixel, 0 <= pixel < length, that stands at `index` of the endless image; None where the fill does.

    For a b c d: constant k k|a b c d|k k, nearest a a|a b c d|d d, symmetric b a|a b c d|d c,
    mirror c b|a b c d|c b.
    """
    if 0 <= index < length:
        return index
    if border == "constant":
        return None
    if border == "nearest":
        return min(max(index, 0), length - 1)
    if border == "symmetric":
        folded = index % (2 * length)
        return min(folded, 2 * length - 1 - folded)
    if border == "mirror":
        folded = index % (2 * length - 2)
        return min(folded, 2 * length - 2 - folded)
    raise ValueError(f"border {border!r} is none of constant, nearest, symmetric, mirror")

"""Class activation maps and the gate in plain loops: paper 2 Eqs. 2 and 3, and the rescaling of A9."""

import numpy as np


def maps(f, w):
    """M_k(x, y) = sum_l w_l^k f_l(x, y): f [h, w, L], w [L, K] -> [h, w, K]."""
    height, width, units = f.shape
    out = np.zeros((height, width, w.shape[1]))
    for y in range(height):
        for x in range(width):
            for k in range(w.shape[1]):
                out[y, x, k] = sum(w[unit, k] * f[y, x, unit] for unit in range(units))
    return out


def scores(f, w, b, pooling="mean"):
    """S_k = sum_l w_l^k F_l + b_k with F_l the mean or the sum of f_l over the map: -> [K]."""
    places = f.shape[0] * f.shape[1] if pooling == "mean" else 1
    pooled = [sum(f[:, :, unit].ravel()) / places for unit in range(len(w))]
    return np.array([b[k] + sum(w[i, k] * pooled[i] for i in range(len(w))) for k in range(len(b))])


def select(m, s, how):
    """One map [h, w] out of M [h, w, K] by the scores S [K]."""
    if how == "mean":
        return sum(m[:, :, k] for k in range(m.shape[2])) / m.shape[2]
    if how == "max":
        return np.array([[max(m[y, x]) for x in range(m.shape[1])] for y in range(m.shape[0])])
    best = 0
    for k in range(len(s)):
        if s[k] > s[best]:
            best = k
    return m[:, :, best]


def gate(conv, chosen, rescale):
    """A(x, y) = conv(x, y) * ReLU(M(x, y)), for one frame: conv [h, w, C], chosen [h, w] -> [h, w, C]."""
    span = chosen.max() - chosen.min()
    product = np.zeros_like(conv)
    for y in range(conv.shape[0]):
        for x in range(conv.shape[1]):
            value = max(0.0, chosen[y, x])
            if rescale == "min_max":
                value = (chosen[y, x] - chosen.min()) / span if span else 0.0
            product[y, x] = conv[y, x] * value
    if rescale == "none" or product.mean() == 0:
        return product
    return product * conv.mean() / product.mean()

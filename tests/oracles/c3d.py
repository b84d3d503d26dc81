"""C3D by its definition, place by place: float64 NumPy, nothing of a framework, slow on purpose."""

from itertools import product

import numpy as np

CONVOLUTIONS = ("conv1a", "conv2a", "conv3a", "conv3b", "conv4a", "conv4b", "conv5a", "conv5b")
POOLED = {"conv1a": (1, 2, 2), **dict.fromkeys(("conv2a", "conv3b", "conv4b", "conv5b"), (2, 2, 2))}


def convolved(x, kernel, bias):
    """x [L, H, W, C], kernel [3, 3, 3, C, M], stride 1; what lies outside is zero. No kernel is turned."""
    length, height, width, _ = x.shape
    out = np.tile(np.asarray(bias, np.float64), (length, height, width, 1))
    for t, r, c in product(range(length), range(height), range(width)):
        for dt, dr, dc in product((-1, 0, 1), repeat=3):
            if 0 <= t + dt < length and 0 <= r + dr < height and 0 <= c + dc < width:
                out[t, r, c] += x[t + dt, r + dr, c + dc] @ kernel[dt + 1, dr + 1, dc + 1]
    return out


def pooled(x, window):
    """The largest of each window, next to the one before; the last is cut off at the border (ceil mode)."""
    sizes = [-(-places // step) for places, step in zip(x.shape, window, strict=False)]
    out = np.empty((*sizes, x.shape[-1]))
    for place in product(*map(range, sizes)):
        inside = tuple(slice(p * step, (p + 1) * step) for p, step in zip(place, window, strict=True))
        out[place] = x[inside].reshape(-1, x.shape[-1]).max(axis=0)
    return out


def scores(crop, weights):
    """crop [L, h, w, 3], the mean taken off; weights by `layer/kernel`, `layer/bias` -> fc6 and raw fc8."""
    x = np.asarray(crop, np.float64)
    for name in CONVOLUTIONS:
        x = np.maximum(convolved(x, weights[f"{name}/kernel"], weights[f"{name}/bias"]), 0)
        if name in POOLED:
            x = pooled(x, POOLED[name])
    said = {}
    x = x.reshape(-1)
    for name in ("fc6", "fc7", "fc8"):
        x = x @ weights[f"{name}/kernel"] + weights[f"{name}/bias"]
        x = said[name] = x if name == "fc8" else np.maximum(x, 0)
    return said

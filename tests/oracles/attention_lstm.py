"""The LSTMs of paper 4, Eqs. 1-15, one sample and one position at a time, every matrix under its own name.

Weights: {"W_xi": ..., "W_hi": ..., "b_i": ..., and so for f, o, c, with a bottom layer "W_ei", ...};
attention {"W_xa", "W_ha", "b_a", "W_z"}; start {"W_h0", "b_h0", "W_c0", "b_c0"}.
"""

import numpy as np


def sigma(z):
    return 1 / (1 + np.exp(-z))


def product(x, W):
    """x [D] with W [D, N]; or x [h, w, D] with W [k, k, D, N], zero beyond the border, kernel not flipped."""
    if W.ndim == 2:
        return x @ W
    height, width, _ = x.shape
    reach = W.shape[0] // 2
    out = np.zeros((height, width, W.shape[-1]))
    for row in range(height):
        for col in range(width):
            for down in range(-reach, reach + 1):
                for right in range(-reach, reach + 1):
                    r, c = row + down, col + right
                    if 0 <= r < height and 0 <= c < width:
                        out[row, col] += x[r, c] @ W[down + reach, right + reach]
    return out


def gate_sums(x, h_prev, w, e=None):
    """What goes into sigma and tanh, by gate."""
    sums = {g: product(x, w[f"W_x{g}"]) + product(h_prev, w[f"W_h{g}"]) + w[f"b_{g}"] for g in "ifoc"}
    if e is not None:
        sums = {g: z + product(e, w[f"W_e{g}"]) for g, z in sums.items()}
    return sums


def lstm(x, h_prev, c_prev, w, e=None):
    """Eqs. 1-6 or, with e, 10-15 -> H, C."""
    z = gate_sums(x, h_prev, w, e)
    c = sigma(z["f"]) * c_prev + sigma(z["i"]) * np.tanh(z["c"])
    return sigma(z["o"]) * np.tanh(c), c


def scores(x, h, w):
    """Z of Eq. 7 [h, w]; x [h, w, D], h [h, w, U] or [U]."""
    height, width, _ = x.shape
    z = np.zeros((height, width))
    for row in range(height):
        for col in range(width):
            state = h[row, col] if h.ndim == 3 else h
            z[row, col] = np.tanh(x[row, col] @ w["W_xa"] + state @ w["W_ha"] + w["b_a"]) @ w["W_z"][:, 0]
    return z


def attention(x, h, w):
    """Eq. 8 [h, w]."""
    weights = np.exp(scores(x, h, w))
    return weights / weights.sum()


def attend(a, x, vectors):
    """Eq. 9, or its sum over the positions."""
    weighed = a[:, :, None] * x
    return weighed.sum(axis=(0, 1)) if vectors else weighed


def start(mean, w):
    """H_0, C_0."""
    return np.tanh(product(mean, w["W_h0"]) + w["b_h0"]), np.tanh(product(mean, w["W_c0"]) + w["b_c0"])


def sequence(x, state, weights, motion=None):
    """x [T, ...], motion [T, ...] -> {"h", "c", "attention", "motion_h", "motion_c"}, each [T, ...].

    weights: {"top": ..., "attention": ..., "bottom": ...}, the latter two only where they belong. state: by
    the names of the result.
    """
    state, seen = dict(state), []
    for t, x_t in enumerate(x):
        looks_from = state["h"]
        if "bottom" in weights:
            state["motion_h"], state["motion_c"] = lstm(
                motion[t], state["motion_h"], state["motion_c"], weights["bottom"], e=state["h"]
            )
            looks_from = state["motion_h"]
        if "attention" in weights:
            state["attention"] = attention(x_t, looks_from, weights["attention"])
            x_t = attend(state["attention"], x_t, vectors=state["h"].ndim == 1)
        state["h"], state["c"] = lstm(x_t, state["h"], state["c"], weights["top"])
        seen.append(dict(state))
    return {name: np.array([frame[name] for frame in seen]) for name in seen[0]}

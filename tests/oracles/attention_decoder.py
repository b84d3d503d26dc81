"""Paper 3's decoder in plain NumPy, one window and one step at a time, every matrix under its own name.

Weights: W_m, b_m of the sigmoid layer; W_i, U_i, D_i, b_i and so for f, g, o; W_a, b_a, W_h, v of the
attention; W_y, b_y of the scores; P_i, P_f, P_o [U] of peepholes; h_0, c_0 where they are learned. Attended
frames without weights of the attention count all alike.
"""

import numpy as np

from oracles.bahdanau import attend


def sigma(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    powers = np.exp(z - z.max())
    return powers / powers.sum()


def gate_sums(x, h_prev, weights, k=None):
    """What goes into sigma and tanh, by gate, peepholes left out; k: the context, if it enters."""
    sums = {g: x @ weights[f"W_{g}"] + h_prev @ weights[f"U_{g}"] + weights[f"b_{g}"] for g in "ifgo"}
    return sums if k is None else {g: z + k @ weights[f"D_{g}"] for g, z in sums.items()}


def step(x, h_prev, c_prev, weights, k=None):
    """Eqs. 7-12 -> h, c."""
    z, zero = gate_sums(x, h_prev, weights, k), np.zeros_like(c_prev)
    i = sigma(z["i"] + weights.get("P_i", zero) * c_prev)
    f = sigma(z["f"] + weights.get("P_f", zero) * c_prev)
    c = f * c_prev + i * np.tanh(z["g"])
    o = sigma(z["o"] + weights.get("P_o", zero) * c)
    return o * np.tanh(c), c


def decode(v, weights, attended=None, variant="a", activation=softmax):
    """v [N, D], attended [T, V] or None -> {"h": [N, U], "weights": [N, T], "frame": [N, K]}.

    variant a: attention at every step; b: at the last alone, which alone is scored: [1, T], [1, K].
    """
    units = len(weights["b_i"])
    h, c = weights.get("h_0", np.zeros(units)), weights.get("c_0", np.zeros(units))
    said = {"h": [], "weights": [], "frame": []}
    for t, v_t in enumerate(v):
        x, k, last = sigma(v_t @ weights["W_m"] + weights["b_m"]), None, t == len(v) - 1
        if attended is not None and (variant == "a" or last):
            k = attended.mean(axis=0)
            if "v" in weights:
                looks = {name: weights[name] for name in ("W_a", "b_a", "W_h", "v")}
                w, k = (found[0] for found in attend(h[None], attended[None], [len(attended)], **looks))
                said["weights"].append(w)
        h, c = step(x, h, c, weights, k)
        said["h"].append(h)
        if variant == "a" or last:
            said["frame"].append(activation(h @ weights["W_y"] + weights["b_y"]))
    return {name: np.array(found) for name, found in said.items() if found}

"""The recurrence of paper 5, section 3, one sample, one frame and one position at a time.

Weights: of the joint layer {"W_xi_1", "W_hi_1", "b_i_1", ... "W_i_1", "W_f_1", "W_o_1", "W_xc_1", the same
for branch 2, ..., "W_hc", "b_c"}, with a projection "W_p_1", with biases of the final gates "b_i", "b_f",
"b_o"; of attention that sees the features {"W_xa", "W_ha", "b_a", "W_z"}; of another layer {"W_xi", "W_hi",
"b_i", and so for f, o, c}; of a start {"U_h", "u_h", "U_c", "u_c"}.
"""

import numpy as np


def sigma(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z)
    return e / e.sum()


def attention(h, W_att):
    """By the state, as printed [L]."""
    return softmax(np.array([W_att[:, i] @ h for i in range(W_att.shape[1])]))


def content(h, maps, w):
    """By the state and the features, X^k [h, w, C] each: [L]; C24."""
    height, width, _ = maps[0].shape
    z = []
    for row in range(height):
        for col in range(width):
            x = np.concatenate([X[row, col] for X in maps])
            z.append(np.tanh(x @ w["W_xa"] + h @ w["W_ha"] + w["b_a"]) @ w["W_z"][:, 0])
    return softmax(np.array(z))


def inside(row, col, h, w, split):
    """Which parts position (row, col) belongs to, in the order of the pyramid."""
    top, left = row < h // 2, col < w // 2
    bottom, right = row >= h // 2, col >= w // 2
    if split == "overlap":  # the middle row or column of an odd side is in both halves
        top, left = top or (h % 2 and row == h // 2), left or (w % 2 and col == w // 2)
    return [True, top and left, top and right, bottom and left, bottom and right]


def pyramid(att, X, split="floor", renormalise=False):
    """3.4, C8: att [L], X [h, w, C] -> [5 C]."""
    h, w, channels = X.shape
    parts, shares = np.zeros((5, channels)), np.zeros(5)
    for row in range(h):
        for col in range(w):
            for part, belongs in enumerate(inside(row, col, h, w, split)):
                if belongs:
                    parts[part] += att[row * w + col] * X[row, col]
                    shares[part] += att[row * w + col]
    return (parts / shares[:, None] if renormalise else parts).ravel()


def joint(xs, h_prev, c_prev, w, fusion):
    """3.3, C9 -> {"i_1", "f_1", "o_1", ..., "i", "f", "o", "g", "c", "h"}."""
    said = {}
    z = {gate: w.get(f"b_{gate}", 0.0) for gate in "ifo"}
    candidate = h_prev @ w["W_hc"] + w["b_c"]
    for k, x in enumerate(xs, start=1):
        x = x @ w[f"W_p_{k}"] if f"W_p_{k}" in w else x
        for gate in "ifo":
            name = f"{gate}_{k}"
            said[name] = np.tanh(x @ w[f"W_x{name}"] + h_prev @ w[f"W_h{name}"] + w[f"b_{name}"])
            z[gate] = z[gate] + said[name] @ w[f"W_{name}"]
        candidate = candidate + (x * said[f"i_{k}"] if fusion == "late" else x) @ w[f"W_xc_{k}"]
    said |= {gate: sigma(z[gate]) for gate in "ifo"}
    said["g"] = np.tanh(candidate)
    said["c"] = said["f"] * c_prev + said["i"] * said["g"]
    said["h"] = said["o"] * np.tanh(said["c"])
    return said


def lstm(x, h_prev, c_prev, w):
    """2.2 -> h, c."""
    z = {gate: x @ w[f"W_x{gate}"] + h_prev @ w[f"W_h{gate}"] + w[f"b_{gate}"] for gate in "ifoc"}
    c = sigma(z["f"]) * c_prev + sigma(z["i"]) * np.tanh(z["c"])
    return sigma(z["o"]) * np.tanh(c), c


def start(maps, w):
    """C12: X^k [T, h, w, C] each -> h_0, c_0."""
    mean = np.concatenate([X.reshape(-1, X.shape[-1]).mean(axis=0) for X in maps])
    return np.tanh(mean @ w["U_h"] + w["u_h"]), np.tanh(mean @ w["U_c"] + w["u_c"])


def sequence(
    maps,
    weights,
    *,
    fusion="late",
    source="top",
    parts=True,
    split="floor",
    renormalise=False,
    unit_rms=False,
):
    """X^1..X^M [T, h, w, C] -> {"attention" [T, L], "h" [T, layers, U], "c", "x" [T, M, 5 C]}.

    weights: {"W_att": matrix, or "attention": those of `content`, "joint" or "lstm_1": ..., "lstm_2": ...,
    "start_1": ...}; without starts zeros. parts: the pyramid, or only its first part.
    """
    levels = [name for name in ("joint", "lstm_1", "lstm_2", "lstm_3") if name in weights]
    zeros = np.zeros(len(weights["W_att"] if "W_att" in weights else weights["attention"]["W_ha"]))
    starts = [weights.get(f"start_{level + 1}") for level in range(len(levels))]
    states = [start(maps, w) if w else (zeros, zeros) for w in starts]
    seen = []
    for t in range(len(maps[0])):
        h = states[-1 if source == "top" else 0][0]
        if "W_att" in weights:
            att = attention(h, weights["W_att"])
        else:
            att = content(h, [X[t] for X in maps], weights["attention"])
        xs = [pyramid(att, X[t], split, renormalise) for X in maps]
        xs = xs if parts else [x[: X.shape[-1]] for x, X in zip(xs, maps, strict=True)]
        xs = [x / np.sqrt(np.mean(x**2) + 1e-8) for x in xs] if unit_rms else xs
        below = xs[0]
        for level, name in enumerate(levels):
            if name == "joint":
                said = joint(xs, *states[0], weights["joint"], fusion)
                states[0] = (said["h"], said["c"])
            else:
                states[level] = lstm(below, *states[level], weights[name])
            below = states[level][0]
        h, c = (np.array(of_layers) for of_layers in zip(*states, strict=True))
        seen.append({"attention": att, "h": h, "c": c, "x": np.array(xs)})
    return {name: np.array([frame[name] for frame in seen]) for name in seen[0]}

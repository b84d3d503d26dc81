"""The LSTM of paper 1, Eqs. 1-5, one unit at a time. Without the V terms it is the plain LSTM."""

import numpy as np


def sigma(z):
    return 1 / (1 + np.exp(-z))


def step(x, h_prev, c_prev, *, W, U, b, V=None):
    """x [D], h_prev and c_prev [H]; W [D, 4H], U [H, 4H], b [4H] (gates i, f, c, o); V [3, H] or, as full
    matrices, [3, H, H] (i, f, o).

    Returns h [H], c [H].
    """
    units = len(h_prev)
    V = np.zeros((3, units)) if V is None else V
    full = np.array([np.diag(v) for v in V]) if V.ndim == 2 else V
    h, c = np.zeros(units), np.zeros(units)
    for u in range(units):
        z = [b[g * units + u] + x @ W[:, g * units + u] + h_prev @ U[:, g * units + u] for g in range(3)]
        i = sigma(z[0] + c_prev @ full[0, :, u])
        f = sigma(z[1] + c_prev @ full[1, :, u])
        c[u] = f * c_prev[u] + i * np.tanh(z[2])
    for u in range(units):  # the output gate sees the new c of all units
        z_o = b[3 * units + u] + x @ W[:, 3 * units + u] + h_prev @ U[:, 3 * units + u]
        h[u] = sigma(z_o + c @ full[2, :, u]) * np.tanh(c[u])
    return h, c


def sequence(x, **weights):
    """x [T, D] -> h [T, H], from h_0 = c_0 = 0."""
    h = c = np.zeros(len(weights["U"]))
    outputs = []
    for x_t in x:
        h, c = step(x_t, h, c, **weights)
        outputs.append(h)
    return np.array(outputs)

"""The conditions for the minimum of penalised logistic regression, sample by sample in plain NumPy."""

import numpy as np


def gradient(features, labels, weights, mean, deviation, kernel, bias, decay):
    """Of sum_i w_i -log p_i(y_i) / sum_i w_i + (decay / 2) ||W||^2 by W [D, K] and b [K].

    p = softmax(W^T (x - mean) / deviation + b).
    """
    by_kernel, by_bias = decay * np.asarray(kernel), np.zeros(len(bias))
    for x, label, weight in zip(features, labels, weights, strict=True):
        z = (x - mean) / deviation
        powers = np.exp(z @ kernel + bias)
        error = powers / powers.sum()
        error[label] -= 1
        by_kernel = by_kernel + weight / weights.sum() * np.outer(z, error)
        by_bias = by_bias + weight / weights.sum() * error
    return by_kernel, by_bias

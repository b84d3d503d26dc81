"""Additive attention in plain loops: paper 3, Eqs. 3-5 by A1, and tensorflow-addons' BahdanauAttention."""

import numpy as np


def attend(query, memory, lengths, *, W_a, b_a, W_h, v):
    """One step: m_i = v . tanh(query W_h + a_i W_a + b_a), w = softmax over i < length, k = sum_i w_i a_i.

    query [B, Q], memory [B, T, D] of rows a_i, lengths int [B] (T: nothing is masked), W_a [D, P], b_a [P],
    W_h [Q, P], v [P] -> weights w [B, T], zero from the length on, and context k [B, D].
    """
    batch, times, width = memory.shape
    weights, context = np.zeros((batch, times)), np.zeros((batch, width))
    for b in range(batch):
        scores = [
            float(np.tanh(query[b] @ W_h + memory[b, i] @ W_a + b_a) @ v) for i in range(int(lengths[b]))
        ]
        exponentials = [np.exp(score - max(scores)) for score in scores]
        for i, exponential in enumerate(exponentials):
            weights[b, i] = exponential / sum(exponentials)
            context[b] += weights[b, i] * memory[b, i]
    return weights, context

"""Gradient descent with momentum and the two kinds of weight decay, step by step."""

import numpy as np


def descend(w_0, gradients, *, learning_rate, momentum=0.0, nesterov=False, decoupled=0.0, coupled=0.0):
    """The weights after each step: w_0 [D], gradients [steps, D] -> float64 [steps, D].

    Coupled decay (Caffe's, the papers', an L2 penalty's) adds `coupled` * w to the gradient, so the velocity
    remembers it. Decoupled decay (SGDW) takes the fraction `decoupled` off w itself, not scaled by the
    learning rate, and the velocity never sees it.
    """
    w, velocity, path = np.array(w_0, np.float64), np.zeros(len(w_0)), []
    for gradient in gradients:
        g = gradient + coupled * w
        w = w - decoupled * w
        velocity = momentum * velocity - learning_rate * g
        w = w + (momentum * velocity - learning_rate * g if nesterov else velocity)
        path.append(w)
    return np.array(path)

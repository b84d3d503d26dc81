"""Which weight decay Keras' SGD has, and which the papers'.

Keras' `SGD(weight_decay=d)` is decoupled: each step takes the fraction learning rate * d off the weights,
past the momentum. It is tensorflow-addons' SGDW with `weight_decay = learning rate * d`. The papers train
with Caffe's decay, which is coupled: the gradient becomes g + d w and enters the momentum. In Keras that is
the penalty `l2(d / 2)`, whose gradient is d w. Without momentum the two are the same; with it they are not.
"""

import keras
import numpy as np
import pytest

from helpers.golden import golden
from oracles.sgdw import descend

CASES = {"plain": {}, "momentum": {"momentum": 0.875}, "nesterov": {"momentum": 0.875, "nesterov": True}}
LEARNING_RATE = 0.125
DECAY = 0.25  # per unit of learning rate: 0.125 * 0.25 = 0.03125, the golden's fraction per step
FLOAT32 = 2e-6  # six float32 steps on values of order 1


def keras_path(w_0, gradients, penalty=None, **settings):
    """The weights after each step of Keras' SGD, in float32; the penalty's gradient is Keras' own."""
    optimizer = keras.optimizers.SGD(LEARNING_RATE, **settings)
    weights = keras.Variable(w_0.astype(np.float32))
    optimizer.build([weights])
    path = []
    for gradient in gradients:
        total = gradient.astype(np.float32)
        if penalty is not None:
            total = total + _penalty_gradient(penalty, weights)
        optimizer.apply([keras.ops.convert_to_tensor(total)], [weights])
        path.append(keras.ops.convert_to_numpy(weights.value))
    return np.array(path)


def _penalty_gradient(penalty, weights):
    """d penalty(w) / d w by central differences, exact for a square."""
    w = keras.ops.convert_to_numpy(weights.value).astype(np.float64)
    columns = []
    for direction in np.eye(len(w)) * 0.5:
        above, below = (float(penalty(keras.ops.convert_to_tensor(w + s * direction))) for s in (1, -1))
        columns.append(above - below)
    return np.array(columns, np.float32)


def test_the_numbers_above_are_the_goldens():
    g = golden("sgdw")
    assert (g["learning_rate"], g["momentum"], g["weight_decay"]) == (
        LEARNING_RATE,
        0.875,
        LEARNING_RATE * DECAY,
    )


@pytest.mark.parametrize("case", CASES)
def test_keras_weight_decay_is_sgdw_times_the_learning_rate(case):
    g = golden("sgdw")
    path = keras_path(g["w_0"], g["gradients"], weight_decay=DECAY, **CASES[case])
    np.testing.assert_allclose(path, g[f"weights_{case}"], rtol=0, atol=FLOAT32)


@pytest.mark.parametrize("case", CASES)
def test_half_the_decay_as_an_l2_penalty_is_coupled_decay(case):
    g = golden("sgdw")
    path = keras_path(g["w_0"], g["gradients"], penalty=keras.regularizers.L2(DECAY / 2), **CASES[case])
    coupled = descend(g["w_0"], g["gradients"], learning_rate=LEARNING_RATE, coupled=DECAY, **CASES[case])
    np.testing.assert_allclose(path, coupled, rtol=0, atol=FLOAT32)


def test_the_two_agree_without_momentum_and_part_with_it():
    g = golden("sgdw")
    apart = {}
    for case, settings in CASES.items():
        coupled = descend(g["w_0"], g["gradients"], learning_rate=LEARNING_RATE, coupled=DECAY, **settings)
        apart[case] = np.abs(coupled - g[f"weights_{case}"]).max()
    assert apart["plain"] < 1e-12
    assert min(apart["momentum"], apart["nesterov"]) > 0.01

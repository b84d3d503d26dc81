"""Learning rates, momentum and weight decay as the papers' frameworks define them.

A constant rate is a plain float. Momentum needs no conversion: Caffe, Keras 1 and Keras 3 all update
v <- m v - rate g, w <- w + v, the rate being inside the velocity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import KerasTensor, ops


@keras.saving.register_keras_serializable(package="repro")
class HoldThenDecay(keras.optimizers.schedules.LearningRateSchedule):
    """rate(n) = start for n < hold, else start * ratio^(1 + floor((n - hold) / every)), n updates done.

    Paper 3: "fixed for" so many iterations, then "decreased every" so many "by a fixed ratio"; the first drop
    comes right after the fixed phase.
    """

    def __init__(self, start: float, *, hold: int, every: int, ratio: float) -> None:
        if hold < 0 or every < 1 or not 0 < ratio <= 1:
            raise ValueError(f"hold {hold}, every {every}, ratio {ratio}; wanted >= 0, >= 1, in (0, 1]")
        self.start, self.hold, self.every, self.ratio = start, hold, every, ratio

    def __call__(self, step: KerasTensor) -> KerasTensor:
        beyond = ops.cast(step, "float32") - self.hold
        drops = ops.where(beyond < 0, 0.0, 1.0 + ops.floor(beyond / self.every))
        return self.start * ops.power(self.ratio, drops)

    def get_config(self) -> dict[str, float]:
        return {"start": self.start, "hold": self.hold, "every": self.every, "ratio": self.ratio}


@keras.saving.register_keras_serializable(package="repro")
class SgdByLayer(keras.optimizers.SGD):
    """Stochastic gradient descent that multiplies the rate in some layers. ratios: layer -> factor."""

    def __init__(self, *args: Any, ratios: Mapping[str, float], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.ratios = dict(ratios)

    def build(self, variables: Sequence[keras.Variable]) -> None:
        super().build(variables)
        self._factors = [self._factor(variable.path.split("/")) for variable in variables]

    def _factor(self, path: Sequence[str]) -> float:
        return next((ratio for layer, ratio in self.ratios.items() if layer in path), 1.0)

    def update_step(self, gradient: KerasTensor, variable: Any, learning_rate: KerasTensor) -> None:
        # By index: what comes here is the backend's own variable, which has no path.
        factor = self._factors[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * factor)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "ratios": dict(self.ratios)}


def sgd(
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
    momentum: float,
    ratios: Mapping[str, float] | None = None,
) -> keras.optimizers.SGD:
    """Stochastic gradient descent; weight decay belongs to the layers, see `l2_of_weight_decay`.

    ratios: layer -> by how much its rate is another; none for one rate in all layers.
    """
    other = {layer: ratio for layer, ratio in (ratios or {}).items() if ratio != 1}
    if other:
        return SgdByLayer(learning_rate, momentum=momentum, ratios=other)
    return keras.optimizers.SGD(learning_rate, momentum=momentum)


def l2_of_weight_decay(weight_decay: float) -> keras.regularizers.Regularizer:
    """The regulariser whose gradient is Caffe's weight decay: l2(d / 2), since d/dw (d/2) w^2 = d w.

    Caffe adds `weight_decay * w` to the gradient, so it passes through the momentum; Keras' own
    `weight_decay=` of an optimiser shrinks w beside the momentum and is another algorithm. Give it to a
    layer as `kernel_regularizer=` (and to biases where the paper decays them) when the layer is made.
    """
    if weight_decay < 0:
        raise ValueError(f"weight decay {weight_decay} is negative; wanted >= 0")
    return keras.regularizers.L2(weight_decay / 2)

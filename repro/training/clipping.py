"""Adam whose gradients are clipped set by set: one part's explosion leaves the steps of the others alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import KerasTensor, ops


@keras.saving.register_keras_serializable(package="repro")
class AdamBySet(keras.optimizers.Adam):
    """Adam after clipping: each set's gradients g become g min(1, norm / |g|), |g| the norm of the whole set.

    set_of: path of a variable -> its set, any name; a model is saved only with a function that is registered.
    Sets without a common loss (paper 5: the LSTM and each branch) so train as if by optimisers of their own;
    Adam itself is per parameter anyway. It has Adam's variables and no others. Raises ValueError for a norm
    that is not positive.
    """

    def __init__(
        self, learning_rate: Any, *, set_of: Callable[[str], str], norm: float, **settings: Any
    ) -> None:
        super().__init__(learning_rate, **settings)
        if not norm > 0:
            raise ValueError(f"norm {norm}; wanted a positive number")
        self.set_of, self.norm = set_of, norm

    def apply(
        self, grads: Sequence[KerasTensor | None], trainable_variables: Sequence[Any] | None = None
    ) -> None:
        """grads: None, or in the shape of its variable, for every variable; on one replica its own part."""
        variables = self._trainable_variables if trainable_variables is None else trainable_variables
        members: dict[str, list[int]] = {}
        for index, (grad, variable) in enumerate(zip(grads, variables, strict=True)):
            if grad is not None:
                members.setdefault(self.set_of(variable.path), []).append(index)
        present = [index for indices in members.values() for index in indices]
        whole, replicas = _summed([grads[index] for index in present])
        total = dict(zip(present, whole, strict=True))
        clipped = list(grads)
        for indices in members.values():
            size = ops.sqrt(sum(ops.sum(ops.square(total[index])) for index in indices))
            factor = self.norm / ops.maximum(size, self.norm)
            for index in indices:
                # Keras adds the replicas' gradients once more, hence the share.
                clipped[index] = total[index] * (factor / replicas)
        super().apply(clipped, trainable_variables)

    def get_config(self) -> dict[str, Any]:
        set_of = keras.saving.serialize_keras_object(self.set_of)
        return {**super().get_config(), "set_of": set_of, "norm": self.norm}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> AdamBySet:
        set_of = keras.saving.deserialize_keras_object(config["set_of"], custom_objects)
        made: AdamBySet = super().from_config({**config, "set_of": set_of}, custom_objects)
        return made


def _summed(grads: list[KerasTensor]) -> tuple[list[KerasTensor], int]:
    """The gradients added over all replicas, whose norm counts, and how many replicas there are.

    Only TensorFlow has replicas here, and under another engine it need not be installed.
    """
    if keras.config.backend() != "tensorflow":
        return grads, 1
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync if context else 1
    if replicas == 1:
        return grads, 1
    return list(context.all_reduce(tf.distribute.ReduceOp.SUM, grads)), replicas

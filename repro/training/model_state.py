"""Everything in a compiled model that training changes, as named arrays and back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf

from repro.training.workers import workers_of
from repro.types import InputError

METRICS = "metrics"


def build(model: keras.Model, data: tf.data.Dataset, strategy: tf.distribute.Strategy) -> None:
    """Create the optimiser's and the metrics' variables, which Keras makes only during the first step.

    They must exist before a checkpoint can be put back. Only shapes and dtypes of `data` are used.
    """
    with strategy.scope():
        model.optimizer.build(model.trainable_variables)
        # No public call makes metric variables without running data through the model.
        model._symbolic_build(data_batch=data.element_spec)


def capture(model: keras.Model) -> dict[str, np.ndarray]:
    """Weights, dropout generators, optimiser slots and counters [shape of each], metrics [replicas, ...].

    Metrics are kept per replica: their sum would come back rounded differently.
    """
    arrays = {}
    for name, variable in _variables(model).items():
        metric = name.startswith(METRICS)
        arrays[name] = every_part(model, variable) if metric else np.array(parts(model, variable)[0])
    return arrays


def restore(model: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Put captured arrays back; a model with other variables is refused with all differences (InputError)."""
    variables = _variables(model)
    _check(model, variables, arrays)
    for name, variable in variables.items():
        if name.startswith(METRICS):
            own = parts(model, variable)
            first = workers_of(model.distribute_strategy).index * len(own)
            for part, value in zip(own, arrays[name][first : first + len(own)], strict=True):
                part.assign(value)
        else:
            variable.assign(arrays[name])


def checksum(model: keras.Model) -> str:
    """sha256 of everything that `capture` gives."""
    whole = hashlib.sha256()
    for name, array in capture(model).items():
        whole.update(f"{name} {array.dtype} {array.shape}".encode() + array.tobytes())
    return whole.hexdigest()


def not_finite(arrays: Mapping[str, np.ndarray]) -> list[str]:
    """Names of the arrays that hold NaN or infinity."""
    return [name for name, a in arrays.items() if a.dtype.kind == "f" and not np.isfinite(a).all()]


def _variables(model: keras.Model) -> dict[str, keras.Variable]:
    sections = {
        "model": model.variables,  # includes the seed generators of dropout
        "optimizer": model.optimizer.variables,
        METRICS: model.metrics_variables,
    }
    # Keras numbers automatic names by what the process made before ("sgd_1"); the position identifies.
    return {
        f"{section}/{index:04d}/{re.sub(r'_[0-9]+(?=/|$)', '', variable.path)}": variable
        for section, variables in sections.items()
        for index, variable in enumerate(variables)
    }


def parts(model: keras.Model, variable: keras.Variable) -> tuple[tf.Variable, ...]:
    """A variable as every replica of this process has it."""
    replicas: tuple[tf.Variable, ...] = model.distribute_strategy.experimental_local_results(variable.value)
    return replicas


def every_part(model: keras.Model, variable: keras.Variable) -> np.ndarray:
    """A variable as every replica of all processes has it, [replicas, ...]."""
    own = np.stack([np.array(part) for part in parts(model, variable)])
    return workers_of(model.distribute_strategy).rows(own)


def _check(
    model: keras.Model, variables: Mapping[str, keras.Variable], arrays: Mapping[str, np.ndarray]
) -> None:
    differ = []
    for name in sorted({*variables, *arrays}):
        stored = arrays[name].shape if name in arrays else "absent"
        wanted: object = "absent"
        if name in variables:
            wanted = tuple(variables[name].shape)
            if name.startswith(METRICS):
                wanted = (model.distribute_strategy.num_replicas_in_sync, *variables[name].shape)
        if stored != wanted:
            differ.append(f"{name}: checkpoint {stored}, model {wanted}")
    if differ:
        raise InputError(
            f"the checkpoint belongs to another model or number of replicas; {len(differ)} variables differ: "
            + "; ".join(differ)
        )

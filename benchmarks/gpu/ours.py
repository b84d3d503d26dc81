"""Our side under the engine that Keras runs on: a training step or a forward pass, compiled under JAX.

Under JAX a step is Keras' own `train_step`, as `fit` compiles it, and a forward pass `stateless_call`; under
PyTorch both run operation by operation. Inputs lie on the device, as where an input pipeline prefetches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.gpu.precision import device

Arrays = Mapping[str, NDArray[Any]]


class Run(NamedTuple):
    """start: enqueue one; wait: until all are done. compile_s: before the first one could start.

    memory_bytes: of arguments, results and everything between, as the compiler says; None without one.
    """

    start: Callable[[], object]
    wait: Callable[[], object]
    compile_s: float = 0.0
    memory_bytes: int | None = None


def training_step(network: keras.Model, inputs: Arrays, targets: Arrays) -> Run:
    """One update of a compiled model on one batch, over and over."""
    data = (_on_device(inputs), _on_device(targets))
    network._symbolic_build(data_batch=data)
    network.optimizer.build(network.trainable_variables)
    if keras.config.backend() == "torch":
        network.train()
        return Run(lambda: network.train_step(data), _wait_for_torch)
    import jax

    kinds: tuple[Any, ...] = (network, network, network.optimizer, network)
    names = ("trainable_variables", "non_trainable_variables", "variables", "metrics_variables")
    # Copies: a step gives the memory of the state it gets to the state it returns.
    state = tuple([jax.numpy.copy(v.value) for v in getattr(k, n)] for k, n in zip(kinds, names, strict=True))
    compiled, seconds = _compiled(jax.jit(network.train_step, donate_argnums=0), state, data)
    latest = {"state": state, "logs": None}

    def start() -> None:
        latest["logs"], latest["state"] = compiled(latest["state"], data)

    return Run(start, lambda: jax.block_until_ready(latest), seconds, _memory(compiled))


def forward(network: keras.Model, inputs: Any) -> tuple[Run, Callable[[], Arrays]]:
    """Outputs by name without dropout, of an array or of arrays by name; and the outputs of the last run."""
    given = _on_device(inputs) if isinstance(inputs, Mapping) else _on_device({"": inputs})[""]
    latest: dict[str, Any] = {}

    def outputs() -> Arrays:
        return {name: _float32(each) for name, each in latest["outputs"].items()}

    if keras.config.backend() == "torch":

        def start() -> None:
            with torch.no_grad():
                latest["outputs"] = network(given, training=False)

        return Run(start, _wait_for_torch), outputs
    import jax

    def call(weights: Any, others: Any, given: Any) -> Any:
        return network.stateless_call(weights, others, given, training=False)[0]

    state = [
        [v.value for v in each] for each in (network.trainable_variables, network.non_trainable_variables)
    ]
    compiled, seconds = _compiled(jax.jit(call), *state, given)

    def start_compiled() -> None:
        latest["outputs"] = compiled(*state, given)

    return Run(start_compiled, lambda: jax.block_until_ready(latest), seconds, _memory(compiled)), outputs


def product(side: int, dtype: str) -> Run:
    """A product of two square matrices, under the precision that is set."""
    drawn = _on_device({"": np.random.default_rng(0).standard_normal((side, side), np.float32)})[""]
    matrix = keras.ops.cast(drawn, dtype)
    latest: dict[str, Any] = {}
    if keras.config.backend() == "torch":
        return Run(lambda: matrix @ matrix, _wait_for_torch)
    import jax

    compiled, seconds = _compiled(jax.jit(jax.numpy.matmul), matrix, matrix)

    def start() -> None:
        latest["product"] = compiled(matrix, matrix)

    return Run(start, lambda: jax.block_until_ready(latest), seconds)


def _on_device(arrays: Arrays) -> dict[str, Any]:
    if keras.config.backend() == "torch":
        return {name: torch.from_numpy(array).to(device()) for name, array in arrays.items()}
    import jax

    return {name: jax.device_put(array) for name, array in arrays.items()}


def _wait_for_torch() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _compiled(function: Any, *arguments: Any) -> tuple[Any, float]:
    started = time.perf_counter()
    return function.lower(*arguments).compile(), time.perf_counter() - started


def _memory(compiled: Any) -> int | None:
    stats = compiled.memory_analysis()
    if stats is None:
        return None
    parts = (stats.argument_size_in_bytes, stats.output_size_in_bytes, stats.temp_size_in_bytes)
    return int(sum(parts) - stats.alias_size_in_bytes)


def _float32(tensor: Any) -> NDArray[np.float32]:
    return np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32")))

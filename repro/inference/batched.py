"""A network on any number of samples, always in batches of one size: it is traced once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
Network = Callable[[dict[str, NDArray[Any]]], Arrays]  # inputs [B, ...] by name -> outputs [B, ...] by name
K = TypeVar("K")


def of_each(network: Network, samples: Iterable[tuple[K, Arrays]], size: int) -> Iterator[tuple[K, Arrays]]:
    """The outputs [...] for each sample's inputs [...], in order, under the sample's own key."""
    remaining = iter(samples)
    while batch := list(islice(remaining, size)):
        inputs = {name: np.stack([sample[name] for _, sample in batch]) for name in batch[0][1]}
        outputs = _padded(network, inputs, size)
        for row, (key, _) in enumerate(batch):
            yield key, {name: array[row] for name, array in outputs.items()}


def of_all(network: Network, inputs: Mapping[str, Any], size: int) -> dict[str, NDArray[Any]]:
    """The outputs [n, ...] for inputs [n, ...], arrays or what makes them where they are asked for."""
    count = len(next(iter(inputs.values())))
    parts = [
        _padded(network, {name: array[start : start + size] for name, array in inputs.items()}, size)
        for start in range(0, count, size)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _padded(network: Network, inputs: dict[str, NDArray[Any]], size: int) -> dict[str, NDArray[Any]]:
    """The outputs for at most `size` samples, with zeros behind them."""
    count = len(next(iter(inputs.values())))
    full = {
        name: np.pad(array, [(0, size - count), *[(0, 0)] * (array.ndim - 1)])
        for name, array in inputs.items()
    }
    return {name: np.asarray(array)[:count] for name, array in network(full).items()}

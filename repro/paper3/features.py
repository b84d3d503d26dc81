"""Which stored features a decoder of paper 3 reads, and which it attends to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.features.store import FeatureStore
from repro.input_pipeline.window_batches import Stored
from repro.paper3.recipe import Recipe


class Features(NamedTuple):
    """The stored features by network, and how many classes each network has: the width of its fc8."""

    stores: Mapping[str, FeatureStore]
    outputs: Mapping[str, int]

    def sources(self, recipe: Recipe) -> dict[str, Stored]:
        """Where the inputs of a recipe's decoder lie."""
        return sources_of(recipe, {name: store.read_part for name, store in self.stores.items()})

    def digest(self, recipe: Recipe) -> str:
        """Names all that decided what the recipe's model reads."""
        return "+".join(f"{name}:{self.stores[name].key_digest}" for name in read_by(recipe))

    def attended(self, recipe: Recipe) -> int | None:
        """The classes of the network that the recipe's decoder attends to; None for one without attention."""
        return self.outputs[recipe.attended] if recipe.architecture == "alstm" else None


def read_by(recipe: Recipe) -> tuple[str, ...]:
    """The networks whose features a recipe's model reads."""
    if recipe.architecture == "alstm":
        return tuple(dict.fromkeys((recipe.input, recipe.attended)))
    return (recipe.input,)


def sources_of(recipe: Recipe, readers: Mapping[str, Callable[..., Any]]) -> dict[str, Stored]:
    """The inputs of a recipe's decoder; readers: network -> what reads its features."""
    found = {"input": Stored(readers[recipe.input], "fc6")}
    if recipe.architecture == "alstm":
        read = readers[recipe.attended]
        if recipe.fc8_softmax and recipe.layer == "fc8":
            read = partial(_softmax_of, read)
        found["attended"] = Stored(read, recipe.layer)
    return found


def _softmax_of(
    read: Callable[..., Mapping[str, NDArray[np.float32]]], *where: Any
) -> dict[str, NDArray[np.float32]]:
    arrays = {}
    for name, raw in read(*where).items():
        powers = np.exp(raw - raw.max(axis=-1, keepdims=True))
        arrays[name] = powers / powers.sum(axis=-1, keepdims=True)
    return arrays

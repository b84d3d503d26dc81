"""Which stored features a decoder of paper 3 reads, which it looks at, and how fc8 is brought to scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from repro.atomic import sha256_of, write_npz
from repro.backbones.mirrored import FLIPPED
from repro.features.store import FeatureStore
from repro.input_pipeline.window_batches import Stored
from repro.paper3.recipe import Recipe, sees_frames
from repro.types import VideoRef

FC8 = ("raw", "softmax", "standardised")
Arrays = Mapping[str, NDArray[np.float32]]
Read = Callable[..., Arrays]  # of a video, rows start..stop-1 of the named arrays


class Features(NamedTuple):
    """The stored features by network, and how many classes each network has: the width of its fc8.

    scales: the files of `write_scale`, by the network whose fc8 is standardised.
    """

    stores: Mapping[str, FeatureStore]
    outputs: Mapping[str, int]
    scales: Mapping[str, Path] = MappingProxyType({})

    def sources(self, recipe: Recipe) -> dict[str, Stored]:
        """Where the inputs of a recipe's decoder lie."""
        return sources_of(recipe, {name: store.read_part for name, store in self.stores.items()}, self.scales)

    def of_video(self, recipe: Recipe) -> Callable[[VideoRef], Arrays]:
        """Reads all rows of fc6 of a video, as filmed, by the network that the recipe's LSTM reads."""
        store = self.stores[read_by(recipe)[0]]
        return lambda ref: store.read_part(ref, 0, store.length(ref), ("fc6",))

    def digest(self, recipe: Recipe) -> str:
        """Names all that decided what the recipe's model reads."""
        read = [f"{name}:{self.stores[name].key_digest}" for name in read_by(recipe)]
        if standardises(recipe):
            read.append(f"scale:{sha256_of(self.scales[recipe.attended])}")
        return "+".join(read)

    def attended(self, recipe: Recipe) -> int | None:
        """The classes of the network that the recipe's decoder looks at; None for one that sees no frames."""
        return self.outputs[recipe.attended] if sees_frames(recipe) else None


def read_by(recipe: Recipe) -> tuple[str, ...]:
    """The networks whose features a recipe's model reads; a smaller backbone is one network for all."""
    if recipe.lite:
        return ("obj",)
    return tuple(dict.fromkeys((recipe.input, recipe.attended))) if sees_frames(recipe) else (recipe.input,)


def standardises(recipe: Recipe) -> bool:
    """Whether the recipe's decoder sees fc8 less its mean, in units of its deviation (A22)."""
    return sees_frames(recipe) and recipe.layer == "fc8" and recipe.fc8 == "standardised"


def scale_of(network: str) -> str:
    """The name of the file with the scale of a network's fc8, in the run folder."""
    return f"{network}-fc8-scale"


def sources_of(
    recipe: Recipe, readers: Mapping[str, Read], scales: Mapping[str, Path] = MappingProxyType({})
) -> dict[str, Stored]:
    """The inputs of a recipe's decoder; readers: network -> what reads its features."""
    read = readers[read_by(recipe)[0]]
    if recipe.lite and recipe.input == "c3d":
        read = partial(_chunk_means, read, recipe.window_frames // recipe.steps // recipe.start_grid)
    sources = {"input": Stored(read, "fc6")}
    if sees_frames(recipe):
        read = readers[recipe.attended]
        if standardises(recipe):
            with np.load(scales[recipe.attended], allow_pickle=False) as scale:
                read = partial(_standardised, read, scale["mean"], scale["deviation"])
        elif recipe.fc8 == "softmax" and recipe.layer == "fc8":
            read = partial(_softmax_of, read)
        sources["attended"] = Stored(read, recipe.layer)
    return sources


def write_scale(store: FeatureStore, refs: Sequence[VideoRef], path: Path) -> None:
    """Mean and deviation of every unit of fc8 over all rows of some videos, as filmed and mirrored.

    `mean`, `deviation` float32 [K]; a unit that is always the same has deviation 1.
    """
    count, total, squares = 0, np.zeros(1), np.zeros(1)
    for ref in refs:
        arrays = store.read_part(ref, 0, store.length(ref), ("fc8", f"fc8{FLIPPED}"))
        rows = np.concatenate([*arrays.values()]).astype(np.float64)
        count, total, squares = count + len(rows), total + rows.sum(0), squares + (rows**2).sum(0)
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
    deviation = np.where(deviation > 1e-6 * np.abs(mean), deviation, 1)  # what is less is rounding
    write_npz(path, {"mean": mean.astype(np.float32), "deviation": deviation.astype(np.float32)})


def _chunk_means(read: Read, rows: int, ref: VideoRef, start: int, stop: int, names: Sequence[str]) -> Arrays:
    """In C3D's place: means of the frames' features over the `rows` rows of each chunk, [stop - start, D]."""
    frames = read(ref, start, stop + rows - 1, names)
    return {name: sliding_window_view(raw, rows, axis=0).mean(axis=-1) for name, raw in frames.items()}


def _standardised(
    read: Read, mean: NDArray[np.float32], deviation: NDArray[np.float32], *where: Any
) -> Arrays:
    return {name: (raw - mean) / deviation for name, raw in read(*where).items()}


def _softmax_of(read: Read, *where: Any) -> Arrays:
    arrays = {}
    for name, raw in read(*where).items():
        powers = np.exp(raw - raw.max(axis=-1, keepdims=True))
        arrays[name] = powers / powers.sum(axis=-1, keepdims=True)
    return arrays

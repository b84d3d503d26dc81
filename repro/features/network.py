"""Turns a Keras model into the function that `extract` runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from repro.features.extract import Network


@dataclass(frozen=True)
class FrameFunction:
    """What `extract` runs, and how many values it gives for one image."""

    run: Network
    values: int

    def __call__(self, *inputs: Any) -> Mapping[str, Any]:
        return self.run(*inputs)


def frame_function(model: keras.Model, names: Sequence[str]) -> FrameFunction:
    """The chosen outputs of a model, as a compiled function from uint8 [B, S, S, C] to arrays by name.

    model: one input, or two of which the function takes the one called "class", int32 [B], as its second
    argument; a dictionary of outputs, of which the others (feature maps, say) are neither
    computed beyond need nor copied off the device. Raises ValueError for a name the model does not have.
    """
    unknown = [name for name in names if name not in model.output]
    if unknown:
        raise ValueError(f"no output {unknown} in {model.name}; it has {sorted(model.output)}")
    chosen = keras.Model(model.input, {name: model.output[name] for name in names}, name="chosen_outputs")
    chosen.jit_compile = False  # measured on a CPU, VGG-16 topology: XLA is four times slower here
    values = sum(math.prod(output.shape[1:]) for output in chosen.output.values())
    if isinstance(model.input, dict):
        (first,) = model.input.keys() - {"class"}
        return FrameFunction(
            lambda images, given: chosen.predict_on_batch({first: images, "class": given}), values
        )
    return FrameFunction(chosen.predict_on_batch, values)

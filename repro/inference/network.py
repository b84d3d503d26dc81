"""Joins a frame network and the one-frame form of an LSTM into the function an `Anticipator` runs."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from numpy.typing import NDArray

from repro.inference.stream import Advance
from repro.types import Frames


def one_frame(features: keras.Model, step: keras.Model, prediction: str) -> Advance:
    """One compiled call from a frame and the memory before it to probabilities and the memory after it.

    features: image [B, S, S, 3] -> dictionary of features [B, D]. step: dictionary of some of these and of
    states [B, U] -> probabilities [B, K] by stage, and the new states under the names they came in with.
    prediction: the stage that counts. Raises ValueError if the two models do not fit together.
    """
    states = [name for name in step.input if name not in features.output]
    lacking = [name for name in (prediction, *states) if name not in step.output]
    if lacking:
        raise ValueError(
            f"{lacking} should come out of {step.name}, whose inputs are {sorted(step.input)} and outputs "
            f"{sorted(step.output)}; features are {sorted(features.output)}"
        )
    image = keras.Input(features.inputs[0].shape[1:], name="image")
    seen = features(image)
    memory = {name: keras.Input(step.input[name].shape[1:], name=name) for name in states}
    said = step({name: memory[name] if name in memory else seen[name] for name in step.input})
    kept = {prediction: said[prediction], **{name: said[name] for name in states}}
    joined = keras.Model({"image": image, **memory}, kept, name="one_frame")
    joined.jit_compile = False  # XLA is slower on a CPU and takes seconds to compile

    def advance(
        frames: Frames, before: Mapping[str, NDArray[np.float32]]
    ) -> tuple[NDArray[np.float32], Mapping[str, NDArray[np.float32]]]:
        said = joined.predict_on_batch({"image": frames, **before})
        return said[prediction], {name: said[name] for name in states}

    return advance

"""Joins a frame network and the one-frame form of an LSTM into the function that a `Stream` runs."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from numpy.typing import NDArray

from repro.inference.stream import Advance, Images, Memory, Outputs


def one_frame(
    features: keras.Model,
    step: keras.Model,
    prediction: str,
    start: Mapping[str, NDArray[np.float32]],
) -> Advance:
    """One compiled call from a frame and the memory before it to probabilities and the memory after it.

    features, step, prediction: as `one_frame_network` takes them. start: the states [1, U] before the first
    frame. One frame, or one each of B streams: [B, ...]. Raises ValueError if the two models do not fit
    together.
    """
    joined = one_frame_network(features, step, prediction)
    joined.jit_compile = False  # XLA is slower on a CPU and takes seconds to compile

    def advance(images: Images, before: Memory | None) -> tuple[Outputs, Memory]:
        if before is None:
            before = {name: np.repeat(array, len(images["rgb"]), axis=0) for name, array in start.items()}
        outputs = joined.predict_on_batch({"image": images["rgb"], **before})
        return {"frame": outputs[prediction]}, {name: outputs[name] for name in start}

    return advance


def one_frame_network(features: keras.Model, step: keras.Model, prediction: str) -> keras.Model:
    """{"image": [B, S, S, 3], and the states} -> {prediction: probabilities [B, K], and the new states}.

    features: image -> dictionary of features [B, D]. step: dictionary of some of these and of states [B, U]
    -> probabilities [B, K] by stage, and the new states under the names they came in with. prediction: the
    stage that counts. Raises ValueError if the two models do not fit together.
    """
    states = [name for name in step.input if name not in features.output]
    lacking = [name for name in (prediction, *states) if name not in step.output]
    if lacking:
        raise ValueError(
            f"{lacking} should come out of {step.name}, whose inputs are {sorted(step.input)} and outputs "
            f"{sorted(step.output)}; features are {sorted(features.output)}"
        )
    image = keras.Input(features.inputs[0].shape[1:], name="image")
    extracted = features(image)
    memory = {name: keras.Input(step.input[name].shape[1:], name=name) for name in states}
    outputs = step({name: memory[name] if name in memory else extracted[name] for name in step.input})
    kept = {prediction: outputs[prediction], **{name: outputs[name] for name in states}}
    return keras.Model({"image": image, **memory}, kept, name="one_frame")
